import { isUuid } from '../../runtime/ids.js';

/** Under this domain every tunnel has the host name `<tunnel UUID>.cfargotunnel.com` (docs/reference/load-balancing.md 9.2). */
const SUFFIX = '.cfargotunnel.com';

/** The tunnel's id when `address` is a tunnel's host name, in lower case; else undefined. A final dot does not matter. */
export function tunnelIdOf(address: string): string | undefined {
  const name = (address.endsWith('.') ? address.slice(0, -1) : address).toLowerCase();
  if (!name.endsWith(SUFFIX)) return undefined;
  const id = name.slice(0, -SUFFIX.length);
  return isUuid(id) ? id : undefined;
}

export function tunnelHostname(tunnelId: string): string {
  return `${tunnelId.toLowerCase()}${SUFFIX}`;
}
