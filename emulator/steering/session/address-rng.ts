import type { Rng } from '../../../runtime/rng.js';
import { hashToUnit } from '../hash.js';

/**
 * Draws that depend on a client's address alone: with `ip_cookie` the first request of a client goes where its address
 * says, the same again whenever it comes without a cookie (docs/reference/load-balancing.md 5.1).
 */
export function addressRng(clientIp: string, label = ''): Rng {
  let draws = 0;
  const next = (): number => hashToUnit(`${label}${draws++} ${clientIp}`);
  return {
    next,
    int: (bound) => Math.floor(next() * bound),
    hex(bytes) {
      let text = '';
      while (text.length < bytes * 2)
        text += Math.floor(next() * 256)
          .toString(16)
          .padStart(2, '0');
      return text;
    },
    fork: (fork) => addressRng(clientIp, `${label}${fork} `),
  };
}
