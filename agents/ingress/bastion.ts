import { type DialAddress, hostAndPort } from '../private/maps.js';

/** Header in which `cloudflared access tcp --destination` names where a bastion shall lead. */
const DESTINATION = 'cf-access-jump-destination';

/** Where a bastion's client wants to go, or why that cannot be: a scheme and a path around `HOST:PORT` do not matter. */
export function bastionDestination(headers: readonly string[]): DialAddress | { readonly problem: string } {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === DESTINATION);
  const written = at === -1 ? '' : (headers[at + 1] ?? '');
  if (written === '')
    return { problem: 'the client names no destination: give `cloudflared access tcp` a --destination HOST:PORT' };
  const place = written.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/\/.*$/, '');
  return hostAndPort(place) ?? { problem: `${JSON.stringify(place.slice(0, 60))} is no destination: HOST:PORT` };
}
