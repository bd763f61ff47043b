import type { Probing } from '../health/probe-hook.js';
import { type LinkMatch, listOf, type ProbeMatch, type WayMatch } from '../state/fault.types.js';
import type { AccountSnapshot } from '../state/state.types.js';
import type { HttpFacts } from '../steering/steering.types.js';
import type { Link } from '../tunnel/homes.js';
import type { Opening, WayFaultEffect } from './fault.types.js';

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
export function wayMatcher(
  match: WayMatch,
  account: AccountSnapshot,
  dataCenter: WayFaultEffect['dataCenter'] = 'ingress',
): Test<Opening> {
  const { endpoint, connector, data_center } = match;
  const tunnels = match.tunnel === undefined ? undefined : idsOf(match.tunnel, account.tunnels);
  const pool = poolNameOf(match, account);
  return all<Opening>([
    pool === undefined ? undefined : ({ path }) => path.endpoint.pool === pool,
    endpoint === undefined ? undefined : ({ path }) => path.endpoint.name === endpoint,
    tunnels && (({ path }) => path.kind !== 'public' && tunnels.has(path.tunnelId)),
    connector === undefined ? undefined : ({ opened }) => opened.connection?.connectorId === connector,
    data_center === undefined ? undefined : (opening) => dataCenterOf(opening, dataCenter) === data_center,
    requestMatcher(match),
  ]);
}

export function dataCenterOf({ options, opened }: Opening, which: WayFaultEffect['dataCenter']): string | undefined {
  return which === 'egress' ? opened.connection?.dataCenter : options.from.code;
}

/** And for probes. */
export function probeMatcher(match: ProbeMatch, account: AccountSnapshot): Test<Probing> {
  const { endpoint, data_center, region } = match;
  const tunnels = match.tunnel === undefined ? undefined : idsOf(match.tunnel, account.tunnels);
  const pool = poolNameOf(match, account);
  const codes = data_center === undefined ? undefined : new Set(listOf(data_center));
  const regions = region === undefined ? undefined : new Set(listOf(region));
  return all<Probing>([
    pool === undefined ? undefined : (probing) => probing.pool.name === pool,
    endpoint === undefined ? undefined : ({ origin }) => origin.name === endpoint,
    tunnels && (({ tunnelId }) => tunnelId !== undefined && tunnels.has(tunnelId)),
    codes && (({ from }) => codes.has(from.code)),
    regions && (({ from }) => regions.has(from.region)),
  ]);
}

function requestMatcher({ host, path, method, country, header }: WayMatch): Test<Opening> | undefined {
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

/** Paths know pools by their names. */
export function poolNameOf({ pool }: { readonly pool?: string }, { pools }: AccountSnapshot): string | undefined {
  return pool === undefined ? undefined : (pools.get(pool)?.name ?? pool);
}

type Named = ReadonlyMap<string, { readonly name: string }>;
/** Ids by name, for as long as the objects are the same: with many faults each would look through all of them. */
const IDS = new WeakMap<Named, Map<string, string[]>>();

/** The ids behind a name, or the id itself. Names are unique, but the one may be the other's id. */
export function idsOf(text: string, objects: Named): ReadonlySet<string> {
  let ids = IDS.get(objects);
  if (!ids) {
    ids = new Map();
    for (const [id, { name }] of objects) {
      const same = ids.get(name);
      if (same) same.push(id);
      else ids.set(name, [id]);
    }
    IDS.set(objects, ids);
  }
  return new Set([text, ...(ids.get(text) ?? [])]);
}
