import type { Rng } from '../../../runtime/rng.js';
import { awaitAnswer, NOBODY } from '../../reach/latency/awaited-answer.js';
import type { Line } from '../../reach/latency/crossing.js';
import { distant } from '../../reach/latency/distant.js';
import type { Stretch } from '../../state/fault.types.js';
import type { FaultContext, Opening, WayFaultEffect } from '../fault.types.js';

export interface StretchFault {
  readonly name: string;
  readonly between: Stretch;
  readonly context: FaultContext;
}

/** What is wrong with a stretch. */
export interface Disturbance {
  /** What is the matter with it, for people. */
  readonly detail: string;
  /** Milliseconds of model time that it adds to a round trip, for those who measure it in place of waiting. */
  readonly measured: (rng: Rng) => number;
  /** One direction of one stream over it. `rng` is that direction's own. */
  readonly line: (rng: Rng, what: string, direction: 'out' | 'back', opening: Opening) => Line;
}

/**
 * What a fault does to one stretch of the ways that go over it: streams cross it as its lines let them.
 *
 * Probes do not wait for model time: they take the stretch as a leg of their way, and add it to what they measure
 * (docs/health.md, "Round trips").
 */
export function stretched({ name, between, context }: StretchFault, disturbance: Disturbance): WayFaultEffect {
  const { clock, deadlines } = context;
  const [from, to] = between.split('-') as [string, string];
  let streams = 0;
  return {
    replaces: 'link',
    detail: `between ${from} and ${to}: ${disturbance.detail}`,
    concerns: (opening) => goesOver(between, opening),
    strike: (opened, opening) => {
      const { options, path } = opening;
      const rng = options.rng.fork(`fault ${name}`);
      if (options.single) {
        const roundTripMs = disturbance.measured(rng);
        return roundTripMs === 0 ? opened : { ...opened, legs: [...opened.legs, { from, to, roundTripMs }] };
      }
      let crossings = 0;
      return distant(opened, () => {
        const own = rng.fork(++crossings);
        const line = (direction: 'out' | 'back'): Line =>
          disturbance.line(own.fork(direction), `fault ${name}: ${from}-${to}`, direction, opening);
        const answers = { clock, deadlines, endpoint: path.endpoint.name, nextNumber: () => ++streams };
        return {
          out: line('out'),
          back: line('back'),
          awaitAnswer: () => (opened.waitsForClock ? NOBODY : awaitAnswer(answers)),
        };
      });
    },
  };
}

/** Whether a way has this stretch. What the edge does by itself has no client. */
function goesOver(stretch: Stretch, { opened: { connection }, options }: Opening): boolean {
  switch (stretch) {
    case 'client-edge':
      return options.single === undefined;
    case 'edge-edge':
      return connection !== undefined && connection.dataCenter !== options.from.code;
    case 'edge-connector':
    case 'connector-origin':
      return connection !== undefined;
    case 'edge-origin':
      return connection === undefined;
  }
}

/** Which link of this kind it is: what goes over the same one shares what it carries. */
export function whichOf(stretch: Stretch, { opened: { connection }, options, path }: Opening): string {
  const { code } = options.from;
  const { address, port } = path.endpoint;
  switch (stretch) {
    case 'client-edge':
      return `${options.facts?.clientIp ?? ''} ${code}`;
    case 'edge-edge':
      return `${code} ${connection?.dataCenter}`;
    case 'edge-connector':
      return `${connection?.id}`;
    case 'connector-origin':
      return `${connection?.connectorId} ${address} ${port}`;
    case 'edge-origin':
      return `${code} ${address} ${port}`;
  }
}
