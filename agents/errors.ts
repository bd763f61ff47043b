import { defineError } from '../runtime/errors.js';

export const badEdgeUrl = defineError<{ edge: string }>('BAD_EDGE_URL', {
  message: (d) => `"${d.edge}" is not the address of an edge`,
  fix: () => 'pass --edge ws://HOST:PORT, as `colocal up` prints it (ws://127.0.0.1:7843 by default)',
});

export const missingToken = defineError('MISSING_TUNNEL_TOKEN', {
  message: () => 'the connector has no tunnel token',
  fix: () =>
    'pass --token with what `colocal token TUNNEL` prints, --token-file, --credentials-file, or name a credentials-file in config.yml',
});

export const badConnectionCount = defineError<{ connections: number; most: number }>('BAD_CONNECTION_COUNT', {
  message: (d) => `a connector cannot hold ${d.connections} connections`,
  fix: (d) => `choose 1 to ${d.most}; cloudflared holds 4`,
});

/** What to do about a refusal, by the beginning of the edge's code for it. */
const REFUSAL_FIXES: readonly (readonly [code: string, fix: string])[] = [
  [
    'TOKEN_',
    'pass --token with what `colocal token TUNNEL` prints for this edge, and check the address given with --edge',
  ],
  ['TUNNEL_', 'check that the edge at --edge has the tunnel, and pass --token with what `colocal token TUNNEL` prints'],
  ['SUBPROTOCOL_', 'run the connector and the edge from the same version of colocal'],
];

/** The edge said no, and will say so again. `code` is absent where it only gave a reason. */
export const refusedByEdge = defineError<{ code?: string | undefined; reason: string }>('REFUSED_BY_EDGE', {
  message: (d) => `the edge refused this connector: ${d.reason}${d.code === undefined ? '' : ` (${d.code})`}`,
  fix: ({ code = '' }) =>
    REFUSAL_FIXES.find(([start]) => code.startsWith(start))?.[1] ??
    'correct what the reason names, then start the connector again',
});

export const connectorClosed = defineError<{ reason: string }>('CONNECTOR_CLOSED', {
  message: (d) => `the connector ended before it was ready: ${d.reason}`,
  fix: () => 'start another one',
});

export const badMap = defineError<{ text: string; why: string }>('BAD_MAP', {
  message: (d) => `--map ${d.text} cannot be used: ${d.why}`,
  fix: () =>
    'write CIDR=CIDR with equal prefix lengths (10.0.0.0/24=127.0.0.0/24) or IP:PORT=HOST:PORT (10.0.0.1:80=localhost:3000)',
});

export const badMetricsAddress = defineError<{ address: string }>('BAD_METRICS_ADDRESS', {
  message: (d) => `"${d.address}" is not an address to listen on`,
  fix: () => 'pass --metrics HOST:PORT, e.g. 127.0.0.1:2000; port 0 takes a free one',
});

/** A configuration that cannot be applied. `where` is `file:line:column`, or the path inside a pushed document. */
export const badConfiguration = defineError<{ where: string; problem: string }>('BAD_CONNECTOR_CONFIGURATION', {
  message: (d) => `${d.where}: ${d.problem}`,
  fix: () => "correct the configuration; its form is cloudflared's config.yml (docs/reference/api.md 5.3)",
});

export const unreadableFile = defineError<{ what: string; file: string; why: string }>('UNREADABLE_FILE', {
  message: (d) => `the ${d.what} ${d.file} cannot be read: ${d.why}`,
  fix: () => 'check the path and the permissions',
});
