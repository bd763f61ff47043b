import type { Problem } from '../state/state.types.js';
import type { Sections } from './sections.js';

/**
 * Load balancers that answer DNS alone, which HTTP only gets a page about. One that Spectrum is in front of is proxied
 * for that whatever it says (docs/reference/load-balancing.md 9.4), and DNS may well be all else that it is for.
 */
export function* dnsOnlyWarnings({ zones, spectrum }: Sections): Generator<Problem> {
  const behindSpectrum = new Set(spectrum.map(({ value }) => value?.load_balancer.toLowerCase()));
  for (const { value: zone, at } of zones) {
    for (const [index, { id, name, enabled, proxied }] of (zone?.load_balancers ?? []).entries()) {
      if (!enabled || proxied || behindSpectrum.has(name.toLowerCase()) || behindSpectrum.has(id)) continue;
      yield {
        path: [...at, 'load_balancers', index, 'proxied'],
        code: 'dns_only',
        message: `is false: the load balancer ${name} is DNS-only, so HTTP requests for it get a page that says so; write proxied: true to have them answered`,
      };
    }
  }
}
