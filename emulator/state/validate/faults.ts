import { didYouMean } from '../../../runtime/did-you-mean.js';
import { DATA_CENTERS } from '../../geo/data-centers.js';
import { REGIONS } from '../../geo/regions.js';
import type { Fault } from '../fault.types.js';
import type { AccountSnapshot, Problem } from '../state.types.js';
import { tunnelIdOf } from '../tunnel-hostname.js';
import type { Check } from './index.js';

/**
 * What a fault is limited to must be there when the fault is written: a misspelt name would never match. Later it
 * may go; the fault then waits for something of that name to come.
 */
export const checkFaults: Check = function* (account, before, suspects) {
  for (const [id, fault] of suspects.faults) {
    if (before.faults.get(id) === fault) continue;
    for (const [key, value] of Object.entries(fault.match))
      yield* checkNames(key, value, { fault, at: ['faults', id, 'match', key], account });
    if (fault.type === 'data_centers_partitioned')
      yield* checkNames('data_center', fault.from, { fault, at: ['faults', id, 'from'], account });
  }
};

interface Checking {
  readonly fault: Fault;
  readonly at: Problem['path'];
  readonly account: AccountSnapshot;
}

/** One name, or a list of them. */
function* checkNames(key: string, value: unknown, { fault, at, account }: Checking): Generator<Problem> {
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  for (const [index, each] of given.entries()) {
    const message = typeof each === 'string' ? whyUnknown(key, each, fault, account) : undefined;
    const path = Array.isArray(value) ? [...at, index] : at;
    if (message !== undefined) yield { path, code: 'unknown_reference', message };
  }
}

function whyUnknown(key: string, value: string, fault: Fault, account: AccountSnapshot): string | undefined {
  switch (key) {
    case 'data_center':
      return DATA_CENTERS.has(value)
        ? missing(value, 'data center of this edge', 'data_centers', account.data_centers)
        : `is not the code of a data center: ${JSON.stringify(value)}${didYouMean(value, account.data_centers) || '; codes are those of airports, such as NRT or LHR'}`;
    case 'region':
      return missing(value, 'region', 'regions', REGIONS.keys());
    case 'pool':
      return account.pools.has(value) ? undefined : missing(value, 'pool', 'pools', namesOf(account.pools));
    case 'tunnel':
      return account.tunnels.has(value) ? undefined : missing(value, 'tunnel', 'tunnels', namesOf(account.tunnels));
    case 'endpoint':
      return missing(
        value,
        wantedPool(fault) === undefined ? 'endpoint or tunnel' : 'endpoint of that pool',
        'pools',
        endpointsOf(fault, account),
      );
    default:
      return undefined;
  }
}

function missing(value: string, noun: string, section: string, names: Iterable<string>): string | undefined {
  const known = [...new Set(names)];
  if (known.includes(value)) return undefined;
  const asked = `is ${JSON.stringify(value)}, but no ${noun} has that name`;
  if (known.length === 0) return `${asked}; there is none yet: add it under ${section}`;
  const suggestion = didYouMean(value, known);
  return `${asked}${suggestion || ';'} there ${known.length === 1 ? 'is' : 'are'}: ${known.join(', ')}`;
}

function namesOf(objects: ReadonlyMap<string, { readonly name: string }>): string[] {
  return Array.from(objects.values(), ({ name }) => name);
}

/** The names that requests know endpoints by: those in pools; outside pools the record's address or the tunnel's name. */
function* endpointsOf(fault: Fault, account: AccountSnapshot): Generator<string> {
  const wanted = wantedPool(fault);
  for (const pool of account.pools.values()) {
    if (wanted !== undefined && wanted !== pool.name && wanted !== pool.id) continue;
    for (const origin of pool.origins) yield origin.name;
  }
  if (wanted !== undefined) return;
  for (const tunnel of account.tunnels.values()) yield tunnel.name;
  for (const { proxied, content } of account.dns_records.values())
    if (proxied && tunnelIdOf(content) === undefined) yield content;
}

function wantedPool({ match }: Fault): string | undefined {
  return 'pool' in match ? match.pool : undefined;
}
