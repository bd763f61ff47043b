import { parseIp } from './addresses.js';
import type { DnsRecordType } from './objects.js';

/** The part of `data` at this place of the content. */
interface Part {
  readonly field: string;
  readonly quoted?: true;
  /** What stands there when the part is not given; without it, the part is required. */
  readonly otherwise?: string;
}

const parts = (...fields: readonly string[]): readonly Part[] => fields.map((field) => ({ field }));
const quoted = (field: string): Part => ({ field, quoted: true });

/** Of what the content of a type consists, in the order of its zone file form (RFC 1035 5.1 and the types' own RFCs). */
const PARTS: Partial<Record<DnsRecordType, readonly Part[]>> = {
  CAA: [...parts('flags', 'tag'), quoted('value')],
  CERT: parts('type', 'key_tag', 'algorithm', 'certificate'),
  DNSKEY: parts('flags', 'protocol', 'algorithm', 'public_key'),
  DS: parts('key_tag', 'algorithm', 'digest_type', 'digest'),
  HTTPS: [...parts('priority', 'target'), { field: 'value', otherwise: '' }],
  LOC: [
    ...parts('lat_degrees', 'lat_minutes', 'lat_seconds', 'lat_direction'),
    ...parts('long_degrees', 'long_minutes', 'long_seconds', 'long_direction'),
    { field: 'altitude', otherwise: '0' },
    { field: 'size', otherwise: '1' },
    { field: 'precision_horz', otherwise: '10000' },
    { field: 'precision_vert', otherwise: '10' },
  ],
  NAPTR: [
    ...parts('order', 'preference'),
    quoted('flags'),
    quoted('service'),
    quoted('regex'),
    { field: 'replacement' },
  ],
  SMIMEA: parts('usage', 'selector', 'matching_type', 'certificate'),
  SRV: parts('priority', 'weight', 'port', 'target'),
  SSHFP: parts('algorithm', 'type', 'fingerprint'),
  SVCB: [...parts('priority', 'target'), { field: 'value', otherwise: '' }],
  TLSA: parts('usage', 'selector', 'matching_type', 'certificate'),
  URI: [{ field: 'weight' }, quoted('target')],
};

interface Content {
  readonly type: DnsRecordType;
  readonly content?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** The one spelling in which a record's content is kept; empty when neither the content nor its parts are given. */
export function contentOf({ type, content, data }: Content): string {
  if (data !== undefined) return contentOfData(type, data);
  if (content === undefined) return '';
  return type === 'CNAME' ? content.toLowerCase() : (parseIp(content)?.toString() ?? content);
}

function contentOfData(type: DnsRecordType, data: Readonly<Record<string, unknown>>): string {
  return (PARTS[type] ?? [])
    .map(({ field, quoted, otherwise = '' }) => {
      const given = data[field];
      const text = given === undefined || given === null ? otherwise : String(given);
      return quoted ? JSON.stringify(text) : text;
    })
    .join(' ')
    .trim();
}

/** What of `data` is missing or not a text or number; undefined when nothing is. */
export function wrongPart(
  type: DnsRecordType,
  data: Readonly<Record<string, unknown>>,
): { readonly field: string; readonly message: string } | undefined {
  for (const { field, otherwise } of PARTS[type] ?? []) {
    const value = data[field];
    if (value === undefined || value === null) {
      if (otherwise === undefined) return { field, message: `is required in the data of a ${type} record` };
    } else if (typeof value !== 'string' && typeof value !== 'number') {
      return { field, message: 'must be text or a number' };
    }
  }
  return undefined;
}

/** Whether records of a type may give their content in parts. */
export function hasParts(type: DnsRecordType): boolean {
  return PARTS[type] !== undefined;
}
