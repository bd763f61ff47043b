import type { Action } from './scenario.types.js';

/** What a step does, as the timeline says it. */
export function describeAction(action: Action): string {
  switch (action.kind) {
    case 'load': {
      const { name, rate, hosts, clients, from, for: span } = action.load;
      const places = from.flatMap(({ colo, country }) => colo ?? country ?? []).join(', ');
      const who = `${clients} ${clients === 1 ? 'client' : 'clients'}${places === '' ? '' : ` in ${places}`}`;
      return `load ${name} starts: ${rate} requests a second for ${hosts.join(', ')} from ${who}${span === undefined ? '' : `, for ${span}`}`;
    }
    case 'stop':
      return `load ${action.load} stops`;
    case 'fault':
      return `fault ${action.fault.name} (${action.fault.type}) is added`;
    case 'lift':
      return `fault ${action.fault} is lifted`;
    case 'change': {
      const { pool, origin, load_balancer, monitor, set, put } = action.change;
      const what = [
        ...(pool === undefined ? [] : [`pool ${pool}`]),
        ...(origin === undefined ? [] : [`origin ${origin}`]),
        ...(load_balancer === undefined ? [] : [`load balancer ${load_balancer}`]),
        ...(monitor === undefined ? [] : [`monitor ${monitor}`]),
      ].join(', ');
      const fields = set ?? put;
      return fields === undefined
        ? `${what} is deleted`
        : `${what} ${set ? 'becomes' : 'is'} ${JSON.stringify(fields)}`;
    }
    case 'connector': {
      const { name, do: what } = action.connector;
      const words = { stop: 'is killed', drain: 'is drained', start: 'starts' } as const;
      return `connector ${name} ${words[what]}`;
    }
    case 'origin': {
      const { name, do: what, answer, service_time } = action.origin;
      const words = [
        ...(what === 'stop' ? ['is killed'] : what === 'start' ? ['starts'] : []),
        ...(answer === undefined ? [] : [answer === 'never' ? 'never answers' : `answers ${answer}`]),
        ...(service_time === undefined ? [] : [`takes ${service_time}`]),
      ];
      return `origin ${name} ${words.join(', ')}`;
    }
    case 'advance':
      return `${action.by / 1000} s pass`;
    case 'expect':
      return 'expectations';
  }
}
