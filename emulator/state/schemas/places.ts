import * as z from 'zod';

const dataCenter = z.string().describe('Code of a data center, e.g. NRT.');

export const clientRuleSchema = z.object({
  network: z.string().describe('CIDR of the clients.'),
  data_center: dataCenter.exactOptional().describe('Data center that they enter at.'),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be a country code of two capital letters (ISO 3166-1), e.g. JP')
    .exactOptional()
    .describe('Country that they are in, e.g. JP.'),
  asn: z.int().min(0).max(4_294_967_295).exactOptional().describe('Autonomous system number that they belong to.'),
});

export const locationRuleSchema = z.object({
  match: z.string().describe('CIDR or host name of endpoints outside tunnels.'),
  data_center: dataCenter.exactOptional().describe('They stand where this data center is; or give coordinates.'),
  latitude: z.number().min(-90).max(90).exactOptional().describe('Decimal degrees; together with longitude.'),
  longitude: z.number().min(-180).max(180).exactOptional().describe('Decimal degrees; together with latitude.'),
});

export const dataCentersSchema = z.array(dataCenter).min(1);
