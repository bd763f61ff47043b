import type { LinkMatch, OriginMatch } from '../state/objects.js';
import type { AccountSnapshot } from '../state/state.types.js';
import type { HttpFacts } from '../steering/steering.types.js';
import type { Link } from '../tunnel/homes.js';
import type { Opening } from './fault.types.js';

type Test<T> = (subject: T) => boolean;

/** Everything that is given must fit. */
function all<T>(tests: readonly (Test<T> | undefined)[]): Test<T> {
  const given = tests.filter((test) => test !== undefined);
  return (subject) => given.every((test) => test(subject));
}

/** Reads `match` once: names become ids, so that a connection is judged by comparisons only. */
export function linkMatcher(match: LinkMatch, account: AccountSnapshot): Test<Link> {
  const { connector, data_center } = match;
  const tunnels = match.tunnel === undefined ? undefined : idsOf(match.tunnel, account.tunnels);
  return all<Link>([
    tunnels && (({ tunnelId }) => tunnels.has(tunnelId)),
    connector === undefined ? undefined : ({ connectorId }) => connectorId === connector,
    data_center === undefined ? undefined : ({ dataCenter }) => dataCenter === data_center,
  ]);
}

/**
 * The same for paths that are opened. What is about the client's request (host, path, method, header, country) fits
 * nothing that the edge does by itself.
 */
export function originMatcher(match: OriginMatch, account: AccountSnapshot): Test<Opening> {
  const { pool, endpoint, connector, data_center } = match;
  const tunnels = match.tunnel === undefined ? undefined : idsOf(match.tunnel, account.tunnels);
  const poolName = pool === undefined ? undefined : (account.pools.get(pool)?.name ?? pool);
  return all<Opening>([
    poolName === undefined ? undefined : ({ path }) => path.endpoint.pool === poolName,
    endpoint === undefined ? undefined : ({ path }) => path.endpoint.name === endpoint,
    tunnels && (({ path }) => path.kind !== 'public' && tunnels.has(path.tunnelId)),
    connector === undefined ? undefined : ({ opened }) => opened.connection?.connectorId === connector,
    data_center === undefined ? undefined : ({ options }) => options.from.code === data_center,
    requestMatcher(match),
  ]);
}

function requestMatcher({ host, path, method, country, header }: OriginMatch): Test<Opening> | undefined {
  const headers = Object.entries(header ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
  const tests = [
    host === undefined ? undefined : hostMatcher(host.toLowerCase()),
    path === undefined ? undefined : (facts: HttpFacts) => facts.path.startsWith(path),
    method === undefined ? undefined : (facts: HttpFacts) => facts.method === method,
    ...headers.map(
      ([name, value]) =>
        (facts: HttpFacts) =>
          hasHeader(facts.headers, name, value),
    ),
  ];
  if (country === undefined && tests.every((test) => test === undefined)) return undefined;
  const matches = all(tests);
  return ({ options: { facts, from } }) =>
    facts !== undefined && matches(facts) && (country === undefined || (facts.country ?? from.country) === country);
}

function hostMatcher(host: string): Test<HttpFacts> {
  if (!host.startsWith('*.')) return (facts) => facts.host === host;
  const end = host.slice(1);
  return (facts) => facts.host.endsWith(end);
}

function hasHeader(headers: readonly string[], name: string, value: string): boolean {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    if (headers[i + 1] === value && (headers[i] as string).toLowerCase() === name) return true;
  }
  return false;
}

/** The ids behind a name, or the id itself. Names are unique, but the one may be the other's id. */
function idsOf(text: string, objects: ReadonlyMap<string, { readonly name: string }>): ReadonlySet<string> {
  const ids = new Set<string>([text]);
  for (const [id, { name }] of objects) if (name === text) ids.add(id);
  return ids;
}
