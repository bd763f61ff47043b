import { type Clock, parseSpan } from '../../runtime/clock.js';
import type { Deadlines } from '../../runtime/deadlines.js';
import { didYouMean } from '../../runtime/did-you-mean.js';
import { defineError } from '../../runtime/errors.js';
import type { Edge } from '../edge.js';
import type { EndpointHealth, Verdict } from '../health/health.types.js';
import type { Pool } from '../state/objects.js';
import { emulatorClosed } from './connect.js';
import { badOption, checkTyped, type OptionCheck, type OptionTable, shown, TEXT } from './options.js';

export interface WaitOptions {
  /** Milliseconds of real time. Default 4000: test runners give a test 5 seconds, and would say nothing of what was waited for. */
  readonly timeout?: number;
  /**
   * On a manual clock: lets model time pass meanwhile, second by second, for ten minutes (`true`) or a span such as `2m`.
   * Default false: somebody else advances the clock.
   */
  readonly advance?: boolean | string;
}

export interface HealthWait extends WaitOptions {
  readonly pool: string;
  /** Absent: every enabled endpoint of the pool. */
  readonly endpoint?: string;
  /** Default `healthy`. */
  readonly is?: 'healthy' | 'unhealthy';
}

export interface TunnelWait extends WaitOptions {
  /** How many of its connections have to take requests; 0: none is left. Default 1. */
  readonly connections?: number;
}

/** Resolves once something is so: at once when it is already, else as it happens. Rejects with WAITED_IN_VAIN after a while. */
export interface WaitFor {
  /** What the monitors have decided of an endpoint. */
  health(wanted: HealthWait): Promise<void>;
  /** A tunnel's connections. */
  tunnel(name: string, wanted?: TunnelWait): Promise<void>;
  /** Every monitor has a first result, whatever it is: until then what it watches counts as down. */
  firstResults(options?: WaitOptions): Promise<void>;
}

export const waitedInVain = defineError<{
  what: string;
  span: string;
  now: string;
  manual: boolean;
  advanced: boolean;
}>('WAITED_IN_VAIN', {
  message: (d) => `waited ${d.span} for ${d.what}, but ${d.now}`,
  fix: (d) => {
    if (!d.manual) return 'see why in the events (emu.onEvent), or give it a longer timeout';
    if (d.advanced) return 'see why in the events (emu.onEvent), or let more time pass: advance: "1h"';
    return 'the clock is manual, so nothing is probed by itself: advance it meanwhile, or pass advance: true';
  },
});

const TIMEOUT = 4_000;
/** Model time, milliseconds. */
const STEP = 1_000;
const FARTHEST = 600_000;

const WAIT = {
  timeout: ['milliseconds, more than 0', (value) => typeof value === 'number' && value > 0],
  advance: [
    'true, false or a span such as "2m"',
    (value) => typeof value === 'boolean' || (typeof value === 'string' && parseSpan(value) !== undefined),
  ],
} as const satisfies Record<keyof WaitOptions, OptionCheck>;

const HEALTH: OptionTable = {
  call: 'waitFor.health',
  example: "waitFor.health({ pool: 'web', endpoint: 'web-a', is: 'unhealthy' })",
  needs: 'pool',
  options: {
    pool: TEXT,
    endpoint: TEXT,
    is: ["'healthy' or 'unhealthy'", (value) => value === 'healthy' || value === 'unhealthy'],
    ...WAIT,
  },
};

const TUNNEL: OptionTable = {
  call: 'waitFor.tunnel',
  example: "waitFor.tunnel('tokyo', { connections: 4 })",
  options: {
    connections: [
      'a whole number, 0 or more',
      (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0,
    ],
    ...WAIT,
  },
};

const FIRST_RESULTS: OptionTable = { call: 'waitFor.firstResults', example: 'waitFor.firstResults()', options: WAIT };

/** Something to be waited for. */
interface Condition {
  /** For people, e.g. `pool web, endpoint web-a, to be healthy`. */
  readonly what: string;
  readonly holds: () => boolean;
  /** What is instead, as a sentence's second half. */
  readonly now: () => string;
}

export function createWaitFor(edge: Edge, deadlines: Deadlines): WaitFor {
  const wait = (condition: Condition, options: WaitOptions): Promise<void> =>
    untilSo(edge, deadlines, condition, options);
  return {
    async health(wanted) {
      checkTyped(HEALTH, wanted);
      await wait(healthCondition(edge, wanted), wanted);
    },
    async tunnel(name, wanted = {}) {
      checkTyped(TUNNEL, wanted);
      await wait(tunnelCondition(edge, name, wanted.connections ?? 1), wanted);
    },
    async firstResults(options = {}) {
      checkTyped(FIRST_RESULTS, options);
      const holds = (): boolean => edge.health.waiting().length === 0;
      await wait(
        { what: 'the first results of all monitors', holds, now: () => edge.health.waiting().join('; ') },
        options,
      );
    },
  };
}

/** @throws WAITED_IN_VAIN, EMULATOR_CLOSED */
async function untilSo(edge: Edge, deadlines: Deadlines, condition: Condition, options: WaitOptions): Promise<void> {
  const { what, holds, now } = condition;
  if (holds()) return;
  const timeout = options.timeout ?? TIMEOUT;
  const manual = edge.clock.mode === 'manual';
  const advance = manual ? spanOf(options.advance) : 0;
  const inVain = (span: string): Error => waitedInVain({ what, span, now: now(), manual, advanced: advance > 0 });
  let over = false;
  let stop: () => void = () => undefined;
  const happened = new Promise<void>((resolve, reject) => {
    // Results that change nothing are no events, so that first results are looked for once in a while too.
    const look = (): void => {
      if (holds()) resolve();
    };
    const unsubscribe = edge.events.subscribe(() => queueMicrotask(look));
    let again = deadlines.after(LOOK_AGAIN, function glance() {
      look();
      again = deadlines.after(LOOK_AGAIN, glance);
    });
    const patience = deadlines.after(timeout, () => reject(inVain(`${timeout} ms`)));
    void edge.closed.then(() => reject(emulatorClosed({})));
    stop = () => {
      over = true;
      unsubscribe();
      again.cancel();
      patience.cancel();
    };
  });
  try {
    await (advance > 0 ? Promise.race([happened, pass(edge.clock, advance, () => over || holds(), inVain)]) : happened);
  } finally {
    stop();
  }
}

/** Milliseconds of real time between two looks at what makes no events. */
const LOOK_AGAIN = 20;

/** Lets model time pass until something is so. */
async function pass(clock: Clock, span: number, so: () => boolean, inVain: (span: string) => Error): Promise<void> {
  await clock.advance(0);
  for (let passed = 0; !so(); passed += STEP) {
    if (passed >= span) throw inVain(`${passed / 1000} s of model time`);
    await clock.advance(STEP);
  }
}

function spanOf(advance: boolean | string | undefined): number {
  if (typeof advance === 'string') return parseSpan(advance) ?? 0;
  return advance ? FARTHEST : 0;
}

function healthCondition(edge: Edge, { pool: name, endpoint, is = 'healthy' }: HealthWait): Condition {
  const pools: readonly Pool[] = [...edge.state.read().pools.values()];
  const pool = pools.find((each) => each.name === name);
  if (!pool)
    throw unknown(
      'pool',
      name,
      pools.map((each) => each.name),
    );
  const names = pool.origins.filter(({ enabled }) => enabled).map((each) => each.name);
  if (endpoint !== undefined && !pool.origins.some((each) => each.name === endpoint))
    throw unknown(`endpoint of pool ${name}`, endpoint, names);
  if (pool.monitor === undefined && pool.monitor_group === undefined) {
    const fix = 'give the pool a monitor in the configuration: without one its endpoints always count as healthy';
    throw badOption({ call: HEALTH.call, problem: `cannot wait for pool ${name}: no monitor watches it`, fix });
  }
  const watched = endpoint === undefined ? names : [endpoint];
  const seen = (each: string): EndpointHealth | undefined => edge.health.endpoint(pool.id, each);
  return {
    what: `${endpoint === undefined ? 'all endpoints' : `endpoint ${endpoint}`} of pool ${name} to be ${is}`,
    holds: () => watched.every((each) => (seen(each)?.verdict ?? 'unknown') === is),
    now: () =>
      watched
        .filter((each) => (seen(each)?.verdict ?? 'unknown') !== is)
        .map((each) => told(each, seen(each)))
        .join('; '),
  };
}

/** e.g. `web-a is unhealthy (TCP connection failed)`. */
function told(name: string, health: EndpointHealth | undefined): string {
  const verdict: Verdict = health?.verdict ?? 'unknown';
  const failed = health?.votes.find(({ result }) => result?.passed === false)?.result;
  const why = verdict === 'unknown' ? 'no decision yet' : failed?.passed === false ? failed.reason : undefined;
  return `${name} is ${verdict}${why === undefined ? '' : ` (${why})`}`;
}

function tunnelCondition(edge: Edge, name: string, wanted: number): Condition {
  const tunnels = [...edge.state.read().tunnels.values()];
  const tunnel = tunnels.find((each) => each.name === name);
  if (!tunnel)
    throw unknown(
      'tunnel',
      name,
      tunnels.map((each) => each.name),
      TUNNEL,
    );
  const count = (): number => {
    let accepting = 0;
    for (const each of edge.connections()) if (each.tunnelId === tunnel.id && each.accepting) accepting++;
    return accepting;
  };
  const connections = wanted === 0 ? 'no connection' : `${wanted} ${wanted === 1 ? 'connection' : 'connections'}`;
  return {
    what: `tunnel ${name} to have ${connections}`,
    holds: () => (wanted === 0 ? count() === 0 : count() >= wanted),
    now: () => `it has ${count()}`,
  };
}

function unknown(kind: string, name: unknown, known: readonly string[], { call } = HEALTH): Error {
  const problem = `finds no ${kind} called ${shown(name)}${didYouMean(String(name), known)}`;
  const fix = known.length === 0 ? 'the configuration has none' : `there are: ${known.join(', ')}`;
  return badOption({ call, problem, fix });
}
