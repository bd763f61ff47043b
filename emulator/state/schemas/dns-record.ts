import * as z from 'zod';

/** docs/reference/api.md 2.7 and section 3 (DNS). */
export const dnsRecordSchema = z.object({
  zone_id: z.string(),
  name: z
    .string()
    .min(1)
    .describe('The name: complete, short (www stands for www.example.com), or @ for the zone itself.'),
  type: z
    .enum([
      'A',
      'AAAA',
      'CNAME',
      'CAA',
      'CERT',
      'DNSKEY',
      'DS',
      'HTTPS',
      'LOC',
      'MX',
      'NAPTR',
      'NS',
      'OPENPGPKEY',
      'PTR',
      'SMIMEA',
      'SRV',
      'SSHFP',
      'SVCB',
      'TLSA',
      'TXT',
      'URI',
    ])
    .describe('Type of the record. A, AAAA and CNAME lead requests; the others are only kept.'),
  content: z
    .string()
    .min(1)
    .exactOptional()
    .describe('An IPv4 address (A), an IPv6 address (AAAA), a host name (CNAME), a text. Default: made of data.'),
  proxied: z.boolean().default(false).describe('true: the edge answers HTTP for the name.'),
  ttl: z
    .union([z.literal(1), z.int().min(30).max(86_400)], { error: 'must be 1 (automatic) or 30 to 86400' })
    .default(1)
    .describe('Seconds; 1 is automatic, and the only value of proxied records.'),
  comment: z.string().max(500).nullable().default(null).describe('Free text.'),
  priority: z.int().min(0).max(65_535).exactOptional().describe('Of MX and URI records: lower ones come first.'),
  data: z
    .record(z.string(), z.unknown())
    .exactOptional()
    .describe('In place of content, its parts: priority, weight, port and target of an SRV record, say.'),
  tags: z.array(z.string().min(1).max(133)).max(20).exactOptional().describe('Tags: name or name:value.'),
  settings: z.record(z.string(), z.unknown()).exactOptional().describe('Kept, without an effect.'),
});
