import * as z from 'zod';

/** docs/reference/api.md 2.7 and section 3 (DNS). */
export const dnsRecordSchema = z.object({
  zone_id: z.string(),
  name: z
    .string()
    .min(1)
    .describe('The name: complete, short (www stands for www.example.com), or @ for the zone itself.'),
  type: z.enum(['A', 'AAAA', 'CNAME']).describe('Type of the record.'),
  content: z.string().min(1).describe('An IPv4 address (A), an IPv6 address (AAAA) or a host name (CNAME).'),
  proxied: z.boolean().default(false).describe('true: the edge answers HTTP for the name.'),
  ttl: z
    .union([z.literal(1), z.int().min(30).max(86_400)], { error: 'must be 1 (automatic) or 30 to 86400' })
    .default(1)
    .describe('Seconds; 1 is automatic, and the only value of proxied records.'),
  comment: z.string().max(500).nullable().default(null).describe('Free text.'),
});
