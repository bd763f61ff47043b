import { isIP } from 'node:net';
import type { AccountSnapshot } from '../state/state.types.js';
import { leadsSomewhere } from '../steering/compile-records.js';
import type { SteeringSnapshot } from '../steering/snapshot.types.js';
import { type Answer, type AnsweredRecord, type Asked, NO_SUCH_NAME, withRecords } from './dns.types.js';

/** Seconds: what is proxied leads to the edge, which may have another address when it is started anew. */
const EDGE_TTL = 5;
/** Seconds, of records whose TTL is automatic. */
const AUTOMATIC_TTL = 300;
/** How many CNAMEs are followed. */
const MAX_CHAIN = 8;

export interface ZoneView {
  readonly account: Pick<AccountSnapshot, 'zones' | 'dns_records' | 'spectrum'>;
  readonly steering: Pick<SteeringSnapshot, 'find'>;
}

/**
 * Answers for the names of the zones; undefined: no zone has the name. What is proxied has the edge's own addresses,
 * as Spectrum applications have under theirs, and so has a load balancer that is not, because its page says what to do. A record that is not proxied has its
 * content (docs/reference/load-balancing.md 1.1).
 *
 * @param addresses at which whoever asks reaches the edge
 */
export function answerZone(asked: Asked, view: ZoneView, addresses: () => readonly string[]): Answer | undefined {
  const records: AnsweredRecord[] = [];
  const seen = new Set<string>();
  let name = asked.name;
  for (;;) {
    seen.add(name);
    const found = lookUp({ name, type: asked.type }, view, addresses);
    // Of a chain that leads elsewhere, the rest is another server's.
    if (!found) return records.length > 0 ? { rcode: 'NOERROR', records } : undefined;
    records.push(...found.records);
    const [first] = found.records;
    const next = first?.type === 'CNAME' && asked.type !== 'CNAME' ? first.data.toLowerCase() : undefined;
    if (next === undefined) return { rcode: found.rcode, records };
    if (seen.has(next) || seen.size > MAX_CHAIN) return { rcode: 'NOERROR', records };
    name = next;
  }
}

function lookUp(asked: Asked, { account, steering }: ZoneView, addresses: () => readonly string[]): Answer | undefined {
  const { name, type } = asked;
  const zones = Array.from(account.zones.values(), (zone) => zone.name.toLowerCase());
  if (!zones.some((zone) => name === zone || name.endsWith(`.${zone}`))) return undefined;
  const target = steering.find(name);
  if (target?.kind === 'dns_only' && target.what === 'DNS record') {
    const own = [...account.dns_records.values()]
      .filter(leadsSomewhere)
      .filter((record) => record.name.toLowerCase() === target.name);
    return {
      rcode: 'NOERROR',
      records: own
        .filter((record) => record.type === type || record.type === 'CNAME')
        .map(({ type, content, ttl }) => ({ type, data: content, name, ttl: ttl === 1 ? AUTOMATIC_TTL : ttl })),
    };
  }
  const leadsHere =
    (target !== undefined && target.kind !== 'disabled' && target.kind !== 'tunnel_hostname') ||
    [...account.spectrum.values()].some(({ dns }) => dns?.name === name);
  if (!leadsHere) return zones.includes(name) ? { rcode: 'NOERROR', records: [] } : NO_SUCH_NAME;
  const edge = addresses().map((data) => ({ type: isIP(data) === 6 ? ('AAAA' as const) : ('A' as const), data }));
  return withRecords(asked, EDGE_TTL, edge);
}
