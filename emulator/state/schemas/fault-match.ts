import * as z from 'zod';

/*
 * What faults may be limited to. Each type takes the keys that make sense for it; docs/faults.md has the table.
 */

const named = (what: string) => z.string().min(1).exactOptional().describe(what);
const code = z.string().describe('Code of a data center, e.g. NRT.');

/** One code or name, or a list of them. */
const oneOrMore = (what: string) =>
  z.union([z.string(), z.array(z.string()).min(1)], { error: 'must be text or a list of texts' }).describe(what);

const tunnel = named('Name (or id) of a tunnel.');
const connector = named('Id of a connector, as connection events and Colocal-Route tell it.');

/** A data center by itself. */
export const dataCenterMatch = z.object({ data_center: code }).describe('The data center that is down.');

export const partitionMatch = z
  .object({ data_center: oneOrMore('Codes of the data centers on one side.'), tunnel })
  .describe('One side of the partition.');

export const otherSide = oneOrMore(
  'Codes of the data centers on the other side. Without it all that are not on this one.',
).exactOptional();

/** Connections of connectors. */
export const linkMatch = z
  .object({
    tunnel,
    connector,
    data_center: code.exactOptional().describe('Code of the data center in which the connection ends.'),
  })
  .default({})
  .describe('Whose connections; all when nothing is given.');

const ofRequests = {
  host: z
    .string()
    .regex(/^[^:/]+$/, 'must be a host name alone, without scheme or port, such as app.example.com or *.example.com')
    .exactOptional()
    .describe("The client's host, or a wildcard such as *.example.com. Without a port: the port is not compared."),
  path: z.string().startsWith('/', 'must start with "/"').exactOptional().describe('How path and query begin.'),
  method: z
    .string()
    .regex(/^[A-Z]+$/, 'must be a method in capital letters, e.g. GET')
    .exactOptional()
    .describe('Method of the request, e.g. GET.'),
  header: z
    .record(z.string(), z.string())
    .exactOptional()
    .describe('Request headers, name to value: each must be there with exactly this value.'),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be a country code of two capital letters (ISO 3166-1), e.g. JP')
    .exactOptional()
    .describe('Country of the client, e.g. JP.'),
  pool: named('Name (or id) of a pool.'),
  endpoint: named('Name of an endpoint.'),
  tunnel: named('Name (or id) of the tunnel through which the endpoint is reached.'),
  connector: named('Id of the connector through which the endpoint is reached.'),
};

/** Ways to origins: requests, probes, connections. */
export const wayMatch = z
  .object({
    ...ofRequests,
    data_center: code.exactOptional().describe('Code of the data center in which the request came in.'),
  })
  .default({})
  .describe('What it touches; everything when nothing is given.');

/** What goes through a connector. */
export const throughConnectorMatch = z
  .object({
    ...ofRequests,
    data_center: code.exactOptional().describe("Code of the data center in which the connector's connection ends."),
  })
  .default({})
  .describe('What it touches of all that goes through connectors; all of it when nothing is given.');

export const probeMatch = z
  .object({
    data_center: oneOrMore('Codes of data centers that the probes leave from.').exactOptional(),
    region: oneOrMore('Codes of load-balancer regions, e.g. WEU, that the probes leave from.').exactOptional(),
    pool: ofRequests.pool,
    endpoint: ofRequests.endpoint,
    tunnel: ofRequests.tunnel,
  })
  .default({})
  .describe('Which probes; all when nothing is given.');
