import { type Cidr, covers, parseCidr, parseIp } from '../network/ip-address.js';
import type { LocationRule } from '../state/objects.js';
import { DATA_CENTERS } from './data-centers.js';
import type { Place } from './geo.types.js';

/** Endpoints are few; the bound is for names that come from clients. */
const KNOWN_LIMIT = 4096;

/**
 * Where hosts and IP addresses outside any tunnel stand. The first rule that matches decides: a CIDR matches the
 * addresses it holds, a host name itself and `*.example.com` every name below it. The places returned are the
 * same objects each time.
 */
export function createLocator(locations: readonly LocationRule[]): (host: string) => Place | undefined {
  const rules = locations.flatMap((rule) => {
    const place = placeOf(rule);
    return place ? [{ place, matches: matcher(rule.match) }] : [];
  });
  if (rules.length === 0) return () => undefined;

  const known = new Map<string, Place | undefined>();
  return (host) => {
    const cached = known.get(host);
    if (cached || known.has(host)) return cached;
    if (known.size >= KNOWN_LIMIT) known.clear();
    const place = rules.find((rule) => rule.matches(host.toLowerCase()))?.place;
    known.set(host, place);
    return place;
  };
}

/** The data center's place, or the coordinates; undefined when the rule has neither. */
function placeOf(rule: LocationRule): Place | undefined {
  if (rule.latitude !== undefined && rule.longitude !== undefined) {
    return Object.freeze({ latitude: rule.latitude, longitude: rule.longitude });
  }
  return rule.data_center === undefined ? undefined : DATA_CENTERS.get(rule.data_center.toUpperCase());
}

function matcher(match: string): (host: string) => boolean {
  const cidr: Cidr | undefined = parseCidr(match);
  if (cidr) {
    return (host) => {
      const ip = parseIp(host);
      return ip !== undefined && covers(cidr, ip);
    };
  }
  const name = match.toLowerCase();
  if (!name.startsWith('*.')) return (host) => host === name;
  const suffix = name.slice(1);
  return (host) => host.length > suffix.length && host.endsWith(suffix);
}
