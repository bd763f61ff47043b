import { parseIp } from '../addresses.js';
import type { DnsRecord } from '../objects.js';
import { isHostname, isHostnameOrWildcard, isInZone } from '../schemas/names.js';
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
    const wrong = wrongContent(record);
    if (wrong) yield { path: ['dns_records', id, 'content'], code: 'invalid_format', message: wrong };
    const others = byName.get(record.name) ?? [];
    const conflict = conflictWith(record, others);
    if (conflict) yield { path: ['dns_records', id, 'name'], code: 'not_unique', message: conflict };
    byName.set(record.name, [...others, record]);
  }
};

function wrongContent({ type, content, name }: DnsRecord): string | undefined {
  const is = `it is ${JSON.stringify(content)}`;
  switch (type) {
    case 'A':
      return parseIp(content)?.kind() === 'ipv4' ? undefined : `must be an IPv4 address, because the type is A; ${is}`;
    case 'AAAA':
      return parseIp(content)?.kind() === 'ipv6'
        ? undefined
        : `must be an IPv6 address, because the type is AAAA; ${is}`;
    case 'CNAME':
      if (content === name) return 'must be another name: a CNAME cannot point to itself';
      return isHostname(content) ? undefined : `must be a host name, because the type is CNAME; ${is}`;
  }
}

/** docs/reference/api.md section 3 (DNS): a CNAME stands alone, and no record stands twice. */
function conflictWith(record: DnsRecord, others: readonly DnsRecord[]): string | undefined {
  if (others.length === 0) return undefined;
  if (record.type === 'CNAME' || others.some((other) => other.type === 'CNAME')) {
    return `is taken: a CNAME stands alone. An A, AAAA, or CNAME record with that host already exists.`;
  }
  return others.some((other) => other.type === record.type && other.content === record.content)
    ? 'is taken: an identical record already exists'
    : undefined;
}
