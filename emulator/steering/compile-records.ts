import type { AddressType, DnsRecord, Tunnel } from '../state/objects.js';
import { tunnelHostname, tunnelIdOf } from '../state/tunnel-hostname.js';
import type { CompiledRecord, CompiledRecords } from './snapshot.types.js';
import type { Attempt, Endpoint } from './steering.types.js';

/** Whether requests for its name go where its content says: mail, text and other records lead nowhere. */
export function leadsSomewhere(record: DnsRecord): record is DnsRecord & { readonly type: AddressType } {
  return record.type === 'A' || record.type === 'AAAA' || record.type === 'CNAME';
}

/** The proxied records of one name. At least one. */
export function compileRecords(
  records: readonly [DnsRecord, ...DnsRecord[]],
  tunnels: ReadonlyMap<string, Tunnel>,
): CompiledRecords {
  return { zoneId: records[0].zone_id, records: records.map((record) => compileRecord(record, tunnels)) };
}

/**
 * A CNAME to a tunnel's host name is served by that tunnel, whose ingress rules see the record's own name
 * (docs/reference/load-balancing.md 9.2). Everything else is a public endpoint, which sees the Host of the request.
 */
function compileRecord(record: DnsRecord, tunnels: ReadonlyMap<string, Tunnel>): CompiledRecord {
  const tunnelId = record.type === 'CNAME' ? tunnelIdOf(record.content) : undefined;
  const wildcard = record.name.startsWith('*.');
  const endpoint: Endpoint =
    tunnelId === undefined
      ? { name: record.content, address: withoutFinalDot(record.content), port: 0 }
      : {
          name: tunnels.get(tunnelId)?.name ?? record.content,
          address: tunnelHostname(tunnelId),
          port: 0,
          ...(wildcard ? {} : { host: record.name.toLowerCase() }),
        };
  const reason = { step: 'endpoint', subject: endpoint.name };
  return {
    endpoint: Object.freeze(endpoint),
    attempt: Object.freeze<Attempt>({ endpoint, fallback: false }),
    hostOfRequest: tunnelId !== undefined && wildcard,
    reasons: {
      chosen: Object.freeze({
        ...reason,
        outcome: 'chosen',
        detail: `content of the ${record.type} record ${record.name}`,
      }),
      tried: Object.freeze({ ...reason, outcome: 'skipped', detail: 'tried already' }),
    },
  };
}

function withoutFinalDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
