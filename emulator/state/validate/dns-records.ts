import { parseIp } from '../addresses.js';
import { hasParts, wrongPart } from '../dns-content.js';
import type { AddressType, DnsRecord } from '../objects.js';
import { isHostname } from '../schemas/names.js';
import type { Problem } from '../state.types.js';

const ADDRESS_TYPES: ReadonlySet<string> = new Set<AddressType>(['A', 'AAAA', 'CNAME']);

/** What is wrong with a record by itself; paths begin in the record. */
export function* wrongRecord(record: DnsRecord): Generator<Problem> {
  const { type, data, proxied } = record;
  if (proxied && !ADDRESS_TYPES.has(type)) {
    yield {
      path: ['proxied'],
      code: 'not_proxiable',
      message: `must be false: only A, AAAA and CNAME records are proxied; the type is ${type}`,
    };
  }
  if (data !== undefined && !hasParts(type)) {
    yield {
      path: ['data'],
      code: 'not_allowed',
      message: `must be absent: ${type} records are given by their content`,
    };
    return;
  }
  const part = data && wrongPart(type, data);
  if (part) yield { path: ['data', part.field], code: 'required', message: part.message };
  else yield* wrongContent(record);
}

function* wrongContent({ type, content, name, priority }: DnsRecord): Generator<Problem> {
  const is = `it is ${JSON.stringify(content)}`;
  const wrong = (message: string): Problem => ({ path: ['content'], code: 'invalid_format', message });
  if (content === '') {
    yield { path: ['content'], code: 'required', message: 'is required' };
    return;
  }
  switch (type) {
    case 'A':
      if (parseIp(content)?.kind() !== 'ipv4') yield wrong(`must be an IPv4 address, because the type is A; ${is}`);
      return;
    case 'AAAA':
      if (parseIp(content)?.kind() !== 'ipv6') yield wrong(`must be an IPv6 address, because the type is AAAA; ${is}`);
      return;
    case 'CNAME':
      if (withoutFinalDot(content) === name) {
        const message = 'must be another name: a CNAME cannot point to itself';
        yield { path: ['content'], code: 'refers_to_itself', message };
      } else if (!isHostname(withoutFinalDot(content))) {
        yield wrong(`must be a host name, because the type is CNAME; ${is}`);
      }
      return;
    case 'MX':
    case 'NS':
    case 'PTR':
      if (!isHostname(withoutFinalDot(content))) yield wrong(`must be a host name, because the type is ${type}; ${is}`);
      if (type === 'MX' && priority === undefined) {
        yield { path: ['priority'], code: 'required', message: 'is required, because the type is MX' };
      }
      return;
    default:
      // The content of the others is kept as it is.
      return;
  }
}

function withoutFinalDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

/** docs/reference/api.md section 3 (DNS): a CNAME stands alone among addresses, and no record stands twice. */
export function conflictWith(
  record: DnsRecord,
  others: readonly DnsRecord[],
): Pick<Problem, 'code' | 'message'> | undefined {
  const identical = others.some(
    ({ type, content, priority }) => type === record.type && content === record.content && priority === record.priority,
  );
  const addresses = ADDRESS_TYPES.has(record.type) ? others.filter(({ type }) => ADDRESS_TYPES.has(type)) : [];
  if (addresses.length > 0 && (record.type === 'CNAME' || addresses.some(({ type }) => type === 'CNAME'))) {
    return {
      code: 'not_unique',
      message: 'is taken: a CNAME stands alone. An A, AAAA, or CNAME record with that host already exists.',
    };
  }
  return identical ? { code: 'identical', message: 'is taken: an identical record already exists' } : undefined;
}
