import { realDeadlines } from '../../runtime/deadlines.js';
import { createIds } from '../../runtime/ids.js';
import { createRng } from '../../runtime/rng.js';
import type { LoadedConfig } from '../config/index.js';
import { type Edge, startEdge } from '../edge.js';
import { createLog } from '../observe/log.js';
import { findInHealth } from './expect/health.js';
import { findInRequests } from './expect/requests.js';
import { spanText, windowOf, within } from './expect/window.js';
import { Traffic } from './load/traffic.js';
import { createModel, type ScenarioModel } from './model/model.js';
import type { Checked, Finding, PlannedStep, Scenario, ScenarioResult } from './scenario.types.js';
import { notSettled } from './scenario-error.js';
import { Acting } from './stage/acting.js';
import { Connectors } from './stage/connectors.js';
import { Happenings } from './stage/happenings.js';
import { Origins } from './stage/origins.js';
import { mapsOf, rewire } from './stage/rewire.js';

/** Real milliseconds that one step of time may wait for what is late: everything runs in this process, so nothing should be. */
const PATIENCE = 200_000;
/** Until the last requests have ended; longer than any of them may wait for an answer. Milliseconds of model time. */
const ENDS_WITHIN = 10 * 60_000;
const END_STEP = 1_000;

/** Plays a scenario in this process. The same scenario and seed give the same result, whatever the machine does. */
export async function runScenario(scenario: Scenario, seed = scenario.seed): Promise<ScenarioResult> {
  const rng = createRng(seed).fork('scenario');
  const origins = new Origins(scenario.origins, realDeadlines, rng.fork('origins'));
  let edge: Edge | undefined;
  let connectors: Connectors | undefined;
  try {
    await origins.startAll();
    let model: ScenarioModel | undefined;
    edge = await startEdge({
      config: onLoopback(scenario, seed, origins),
      log: createLog({ level: 'silent' }),
      deadlines: realDeadlines,
      patience: PATIENCE,
      model: (clock) => {
        model = createModel(clock);
        return model;
      },
    });
    const maps = mapsOf(scenario.origins, origins.portOf);
    connectors = new Connectors(scenario.connectors, edge, maps, realDeadlines, createIds(rng.fork('connectors')));
    await connectors.startAll();
    return await play(scenario, seed, { edge, origins, connectors, model: model as ScenarioModel, rng });
  } finally {
    await connectors?.close();
    await edge?.close();
    await origins.close();
  }
}

interface Parts {
  readonly edge: Edge;
  readonly origins: Origins;
  readonly connectors: Connectors;
  readonly model: ScenarioModel;
  readonly rng: ReturnType<typeof createRng>;
}

async function play(scenario: Scenario, seed: number | string, parts: Parts): Promise<ScenarioResult> {
  const { edge, connectors, rng } = parts;
  const { clock } = edge;
  const start = clock.now();
  const happenings = new Happenings(edge, connectors, start);
  const traffic = new Traffic({
    clock,
    start,
    rng: rng.fork('load'),
    handle: edge.handle,
    find: (ray) => edge.journal.find(ray),
    connectorName: connectors.nameOf,
  });
  const acting = new Acting(scenario, parts, traffic, happenings);
  const health = new Map<PlannedStep, Finding[]>();

  /** First what falls due by then, then what the step does. */
  const goTo = async (at: number): Promise<void> => {
    const { settled } = await clock.advance(Math.max(0, start + at - clock.now()));
    if (!settled) throw notSettled({ at: spanText(at) });
  };
  // What is there is probed before anything else happens.
  await goTo(0);
  for (const step of scenario.steps) {
    await goTo(step.at);
    const { action } = step;
    if (action.kind === 'expect') {
      const expected = action.expect.health;
      health.set(step, expected ? findInHealth(expected, edge.health, edge.state.read()) : []);
    } else {
      await acting.act(step);
      // Whatever it changed is in effect before anybody sends anything.
      await goTo(step.at);
    }
    if (action.kind === 'advance') await goTo(step.at + action.by);
  }
  traffic.stopAll();
  const ended = clock.now() - start;
  for (let more = END_STEP; traffic.open > 0 && more <= ENDS_WITHIN; more += END_STEP) await goTo(ended + more);

  const requests = traffic.records;
  const checked = [...health].map(([step, findings]): Checked => {
    const expect = step.action.kind === 'expect' ? step.action.expect : undefined;
    const { steps } = scenario;
    const inWindow = expect ? within(windowOf(step, expect, steps), requests) : [];
    const ofRequests = expect ? findInRequests(expect, inWindow, steps, requests, step.at) : [];
    const name = step.says ?? step.name ?? `step ${step.number}`;
    return { step, name, findings: [...ofRequests, ...findings] };
  });
  return {
    scenario,
    seed,
    lasted: clock.now() - start,
    requests,
    happenings: happenings.inOrder(),
    checked,
    passed: checked.every(({ findings }) => findings.every(({ met }) => met)),
  };
}

/** The configuration on a clock that is advanced, with free ports for what has to be there, and led to the origins' places. */
function onLoopback({ config, origins: specs }: Scenario, seed: number | string, origins: Origins): LoadedConfig {
  return {
    ...config,
    seed,
    clock: { mode: 'manual', scale: 1 },
    listen: {
      http: null,
      https: null,
      api: null,
      on_ramp: null,
      dns: null,
      cloudflared: [],
      connectors: { host: '127.0.0.1', port: 0 },
    },
    desired: rewire(config.desired, specs, origins.portOf),
  };
}
