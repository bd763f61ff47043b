import { isIP } from 'node:net';
import type { DetourTarget } from '../../runtime/detour.js';
import { parseListenAddress } from '../config/index.js';
import { badOption, shown } from './options.js';

/** Where in an emulator's world somebody really listens elsewhere: by the address that the configuration names. */
export class Detours {
  private readonly targets = new Map<string, DetourTarget>();

  /** A {@link Detour}. */
  readonly lookup = (host: string, port: number): DetourTarget | undefined => this.targets.get(keyOf({ host, port }));

  /** From now on dials to the place lead to the target. Returns the way back; a later detour of the place stays. */
  set(place: DetourTarget, target: DetourTarget): () => void {
    const key = keyOf(place);
    this.targets.set(key, target);
    return () => {
      if (this.targets.get(key) === target) this.targets.delete(key);
    };
  }
}

/**
 * Reads a place as configurations write it: `localhost:3000`, `10.1.0.5:8080`, or a service, `http://localhost:3000`.
 *
 * @throws BAD_OPTION
 */
export function readPlace(call: string, text: unknown): DetourTarget {
  if (typeof text === 'string') {
    const [, scheme, rest = ''] = /^(?:(https?):\/\/)?(.*?)\/?$/i.exec(text) ?? [];
    const standard = scheme?.toLowerCase() === 'https' ? 443 : 80;
    const place = parseListenAddress(rest) ?? (scheme ? parseListenAddress(`${rest}:${standard}`) : undefined);
    if (place && place.port > 0) return place;
  }
  const fix = 'write it as the configuration does: "localhost:3000", "10.1.0.5:8080" or "http://localhost:3000"';
  throw badOption({ call, problem: `needs the address of an origin, not ${shown(text)}`, fix });
}

/** @throws BAD_OPTION */
export function readTarget(call: string, to: unknown): DetourTarget {
  if (typeof to !== 'number') return readPlace(call, to);
  if (Number.isInteger(to) && to > 0 && to <= 65_535) return { host: '127.0.0.1', port: to };
  throw badOption({ call, problem: `cannot use the port ${to}`, fix: 'a port is a whole number from 1 to 65535' });
}

/** Names are the same in any case; an IPv6 address in any form. */
function keyOf({ host, port }: DetourTarget): string {
  const name = isIP(host) === 6 ? new URL(`http://[${host}]`).hostname.slice(1, -1) : host.toLowerCase();
  return `${name} ${port}`;
}
