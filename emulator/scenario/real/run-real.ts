import { request } from 'node:http';
import { type Clock, createClock } from '../../../runtime/clock.js';
import { type Deadlines, realDeadlines } from '../../../runtime/deadlines.js';
import { defineError } from '../../../runtime/errors.js';
import { createRng } from '../../../runtime/rng.js';
import type { AskedRequest } from '../../explained-request.js';
import type { ClientResponse } from '../../forward/exchange.js';
import { findInRequests } from '../expect/requests.js';
import { windowOf, within } from '../expect/window.js';
import { Traffic } from '../load/traffic.js';
import type { Action, Checked, Finding, Happening, PlannedStep, Scenario, ScenarioResult } from '../scenario.types.js';
import { describeAction } from '../words.js';
import { type RealEdge, realEdge } from './real-edge.js';

const cannotPlay = defineError<{ place: string; what: string }>('SCENARIO_NOT_REAL', {
  message: (d) =>
    `${d.place}: ${d.what} cannot be done to a running edge: it has no connectors or origins of the scenario, and its clock is its own`,
  fix: () => 'run the scenario without --real, or break things with faults in place of that step',
});

/** One that takes so long is given up. Real milliseconds. */
const PATIENCE = 130_000;

/**
 * Plays what can be played of a scenario against a running edge, in real time: its loads, faults and expectations. Nothing
 * is promised of two runs being the same.
 *
 * @throws SCENARIO_NOT_REAL before anything is done; or what keeps the edge from being asked
 */
export async function runReal(
  scenario: Scenario,
  url: string,
  seed = scenario.seed,
  deadlines: Deadlines = realDeadlines,
): Promise<ScenarioResult> {
  for (const { action, place } of scenario.steps) {
    if (['change', 'connector', 'origin', 'advance'].includes(action.kind)) {
      throw cannotPlay({ place, what: `"${action.kind}"` });
    }
  }
  return play(scenario, await realEdge(url), seed, deadlines);
}

async function play(
  scenario: Scenario,
  edge: RealEdge,
  seed: number | string,
  deadlines: Deadlines,
): Promise<ScenarioResult> {
  const clock = createClock({ mode: 'real', deadlines });
  const start = clock.now();
  const happenings: Happening[] = [];
  const added = new Set<string>();
  const health = new Map<PlannedStep, Finding[]>();
  /** With the moments in which they were over: the edge has heard of a fault later than it was due. */
  const steps: PlannedStep[] = [];
  const traffic = new Traffic({
    clock,
    start,
    rng: createRng(seed).fork('scenario').fork('load'),
    handle: (asked, response) => send(edge.trafficUrl, asked, response, deadlines),
    find: (ray) => edge.trace(ray),
    connectorName: (id) => id,
  });
  const act = async (action: Action): Promise<void> => {
    if (action.kind === 'load') traffic.start(action.load);
    else if (action.kind === 'stop') traffic.stop(action.load);
    else if (action.kind === 'lift') {
      await edge.lift(action.fault);
      added.delete(action.fault);
    } else if (action.kind === 'fault') {
      await edge.add(action.fault);
      added.add(action.fault.name);
    }
  };
  try {
    for (const planned of scenario.steps) {
      await until(clock, start + planned.at);
      if (planned.action.kind === 'expect') {
        const expected = planned.action.expect.health;
        const step = { ...planned, at: clock.now() - start };
        steps.push(step);
        health.set(step, expected ? await edge.findInHealth(expected) : []);
        continue;
      }
      await act(planned.action);
      const step = { ...planned, at: clock.now() - start };
      steps.push(step);
      const text = `${step.says === undefined ? '' : `${step.says}: `}${describeAction(step.action)}`;
      happenings.push({ at: step.at, step: step.number, text });
    }
    traffic.stopAll();
    await traffic.ended();
  } finally {
    traffic.stopAll();
    for (const fault of added) await edge.lift(fault).catch(() => undefined);
    clock.close();
  }
  const requests = traffic.records;
  const checked = [...health].map(([step, findings]): Checked => {
    const expect = step.action.kind === 'expect' ? step.action.expect : undefined;
    const inWindow = expect ? within(windowOf(step, expect, steps), requests) : [];
    const ofRequests = expect ? findInRequests(expect, inWindow, steps, requests, step.at) : [];
    return { step, name: step.says ?? step.name ?? `step ${step.number}`, findings: [...ofRequests, ...findings] };
  });
  const passed = checked.every(({ findings }) => findings.every(({ met }) => met));
  const { file, name } = scenario;
  return { scenario: { file, name, steps }, seed, lasted: clock.now() - start, requests, happenings, checked, passed };
}

function until(clock: Clock, time: number): Promise<void> {
  return new Promise(
    (resolve) => void clock.schedule(Math.max(0, time - clock.now()), 'the next step', () => resolve()),
  );
}

/** One request to the edge's listener. What its answer says of the way becomes the request's record. */
function send(edge: string, asked: AskedRequest, response: ClientResponse, deadlines: Deadlines): void {
  const { host, pathname, search } = new URL(asked.url);
  const outgoing = request(`${edge}${pathname}${search}`, {
    method: asked.method ?? 'GET',
    headers: {
      ...asked.headers,
      host,
      ...(asked.colo === undefined ? {} : { 'colocal-colo': asked.colo }),
      ...(asked.country === undefined ? {} : { 'colocal-country': asked.country }),
      ...(asked.client_ip === undefined ? {} : { 'colocal-client-ip': asked.client_ip }),
    },
  });
  const deadline = deadlines.after(PATIENCE, () => outgoing.destroy());
  outgoing.on('response', (incoming) => {
    response.head(incoming.statusCode ?? 0, incoming.rawHeaders);
    incoming.resume().on('error', () => undefined);
    incoming.on('close', () => (incoming.complete ? response.end([]) : response.destroy()));
  });
  outgoing.on('error', () => response.destroy());
  outgoing.on('close', () => deadline.cancel());
  outgoing.end();
}
