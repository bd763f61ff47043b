import type { Origin, Pool } from '../state/objects.js';
import { ENDPOINT_STEERING } from './endpoints/endpoint-steering.js';
import type { CompiledEndpoint, CompiledPool } from './snapshot.types.js';
import type { Endpoint, Reason } from './steering.types.js';

/** Objects of the state are replaced when they change, so what a pool was compiled to holds as long as the pool. */
const COMPILED = new WeakMap<Pool, CompiledPool>();

export function compilePool(pool: Pool): CompiledPool {
  let compiled = COMPILED.get(pool);
  if (!compiled) {
    compiled = compile(pool);
    COMPILED.set(pool, compiled);
  }
  return compiled;
}

function compile(pool: Pool): CompiledPool {
  const all = pool.origins.map((origin) => compileEndpoint(pool, origin));
  const enabled = all.filter(({ origin }) => origin.enabled);
  const endpoints = enabled.filter(({ weight }) => weight > 0);
  const unavailable = whyUnavailable(pool, enabled.length, endpoints.length);
  return {
    pool,
    steering: ENDPOINT_STEERING[pool.origin_steering?.policy ?? 'random'],
    endpoints,
    all,
    counted: enabled.map(({ origin }) => origin.name),
    monitored: pool.monitor !== undefined || pool.monitor_group !== undefined,
    ...(unavailable ? { unavailable } : {}),
    excluded: pool.origins.flatMap((origin) => {
      if (!origin.enabled) return [endpointReason(origin, 'skipped', 'disabled')];
      return origin.weight > 0 ? [] : [endpointReason(origin, 'skipped', 'its weight is 0')];
    }),
    reasons: {
      first: poolReason(pool, 'chosen', 'available, and first by the steering policy'),
      fallback: Object.freeze({
        step: 'fallback',
        subject: pool.name,
        outcome: 'chosen',
        detail: 'the fallback pool takes what no other pool can; its health does not matter',
      }),
      critical: poolReason(
        pool,
        'skipped',
        `critical: fewer than ${pool.minimum_origins} healthy endpoints (minimum_origins), seen from this data center`,
      ),
      noneHealthy: poolReason(pool, 'skipped', 'none of its endpoints is healthy, seen from this data center'),
      noneEligible: poolReason(pool, 'skipped', 'none of its healthy endpoints has a weight above 0'),
    },
  };
}

/** Available: enabled, with something in it that may be chosen (docs/reference/load-balancing.md 3.1, 14.7, 14.11). */
function whyUnavailable(pool: Pool, enabled: number, eligible: number): Reason | undefined {
  if (!pool.enabled) return poolReason(pool, 'skipped', 'the pool is disabled');
  if (enabled === 0) return poolReason(pool, 'skipped', 'none of its endpoints is enabled');
  if (eligible === 0) return poolReason(pool, 'skipped', 'all of its enabled endpoints have weight 0');
  return undefined;
}

function compileEndpoint(pool: Pool, origin: Origin): CompiledEndpoint {
  const host = origin.header?.Host[0];
  const endpoint: Endpoint = Object.freeze({
    name: origin.name,
    pool: pool.name,
    address: origin.address,
    port: origin.port,
    ...(origin.virtual_network_id === undefined ? {} : { virtualNetworkId: origin.virtual_network_id }),
    ...(host === undefined ? {} : { host }),
  });
  return {
    origin,
    weight: origin.weight,
    attempt: Object.freeze({ endpoint, pool, origin, fallback: false }),
    fallbackAttempt: Object.freeze({ endpoint, pool, origin, fallback: true }),
    reasons: {
      chosen: endpointReason(origin, 'chosen', 'the only endpoint that may be chosen'),
      unhealthy: endpointReason(origin, 'skipped', 'unhealthy or not checked yet, seen from this data center'),
      tried: endpointReason(origin, 'skipped', 'tried already'),
    },
  };
}

function poolReason(pool: Pool, outcome: string, detail: string): Reason {
  return Object.freeze({ step: 'pool', subject: pool.name, outcome, detail });
}

function endpointReason(origin: Origin, outcome: string, detail: string): Reason {
  return Object.freeze({ step: 'endpoint', subject: origin.name, outcome, detail });
}
