import type { Clock } from '../../../runtime/clock.js';
import type { EdgeModel } from '../../edge-model.js';
import type { ReachHook } from '../../reach/reach.js';
import type { Failure } from '../../tunnel/connection.js';
import { modelDeadlines } from './model-deadlines.js';
import { ModelledExchange } from './modelled-exchange.js';
import { parkedWays } from './parked-ways.js';

/** What makes a scenario's requests take their time on the clock: the service times of its origins. */
export interface ScenarioModel extends EdgeModel {
  /** An origin is gone: what it had in hand breaks off. */
  originGone(name: string): void;
}

export function createModel(clock: Clock): ScenarioModel {
  let count = 0;
  const open = new Set<ModelledExchange>();
  const broken = new Map<ModelledExchange, Failure>();

  /** One after the other, in the order in which they began, whatever the order in which sockets closed. */
  const breakOff = (): void => {
    const all = [...broken].sort(([a], [b]) => a.number - b.number);
    broken.clear();
    for (const [exchange, failure] of all) {
      clock.schedule(0, `request ${exchange.number} breaks off`, () => exchange.breakOff(failure));
    }
  };
  const doom = (exchanges: Iterable<ModelledExchange>, failure: Failure): void => {
    for (const exchange of exchanges) {
      if (!exchange.isHeld || broken.has(exchange)) continue;
      if (broken.size === 0) clock.schedule(0, 'requests break off', breakOff);
      broken.set(exchange, failure);
    }
  };
  const openWith = (condition: (exchange: ModelledExchange) => boolean): ModelledExchange[] =>
    [...open].filter(condition);

  const innermost: ReachHook = (opened, { endpoint }) => ({
    ...opened,
    waitsForClock: true,
    request: (head, body, handler) => {
      const exchange = new ModelledExchange(opened, head, body, handler, {
        clock,
        number: ++count,
        endpoint: endpoint.name,
        over: (ended) => open.delete(ended),
      });
      open.add(exchange);
      return exchange;
    },
  });

  return {
    deadlines: modelDeadlines(clock),
    innermost,
    outermost: parkedWays,
    connectionGone(connection) {
      // One that left has done before what it had in hand.
      if (connection.leaving) return;
      const detail = 'the connection of the tunnel broke while the request was under way';
      const lost = openWith((exchange) => exchange.connection === connection);
      doom(lost, { kind: 'lost', detail, unsent: false });
    },
    originGone(name) {
      const detail = `origin ${name} stopped while it had the request`;
      const lost = openWith((exchange) => exchange.origin === name);
      doom(lost, { kind: 'reset', detail, unsent: false });
    },
  };
}
