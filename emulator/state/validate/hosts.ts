import type { DnsRecord } from '../objects.js';
import { isHostnameOrWildcard, isInZone } from '../schemas/names.js';
import { conflictWith, wrongRecord } from './dns-records.js';
import type { Check } from './index.js';

/** Load balancers and DNS records stand in their zone (docs/reference/api.md section 3). */
export const checkHosts: Check = function* (account, _before, suspects) {
  for (const [id, { name, zone_id }] of suspects.load_balancers) {
    const zone = account.zones.get(zone_id)?.name;
    if (zone === undefined || isInZone(name.startsWith('*.') ? name.slice(2) : name, zone)) continue;
    yield {
      path: ['load_balancers', id, 'name'],
      code: 'outside_zone',
      message: `must be ${zone} or a name below it such as app.${zone} or *.${zone}; invalid hostname: ${name}`,
    };
  }

  const byName = new Map<string, DnsRecord[]>();
  for (const [id, record] of suspects.dns_records) {
    if (!isHostnameOrWildcard(record.name)) {
      const message = `must be a host name, short or complete, or @; it is ${JSON.stringify(record.name)}`;
      yield { path: ['dns_records', id, 'name'], code: 'invalid_format', message };
    }
    for (const { path, ...wrong } of wrongRecord(record)) yield { path: ['dns_records', id, ...path], ...wrong };
    const others = byName.get(record.name) ?? [];
    const conflict = conflictWith(record, others);
    if (conflict) yield { path: ['dns_records', id, 'name'], ...conflict };
    byName.set(record.name, [...others, record]);
  }
};
