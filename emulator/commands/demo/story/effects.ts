import type { EdgeEvent } from '../../../observe/journal.types.js';
import { CONNECTIONS_PER_CONNECTOR } from '../connected.js';
import type { Effect } from './step.types.js';

/*
 * With which event something has come about: pure, from what the edge told.
 */

/** A connector's last connection has closed. */
export function allClosed(connector: string): Effect {
  return {
    says: 'its connections are closed',
    event: ({ since, idOf }) => {
      const closed = since.filter(
        ({ type, data }) => type === 'connection.closed' && data.connector === idOf(connector),
      );
      return closed[CONNECTIONS_PER_CONNECTOR - 1];
    },
  };
}

/** A tunnel has all its connections, and none ends in the data center. */
export function awayFrom(dataCenter: string, tunnel: string, all: number): Effect {
  const event = moved(tunnel, all, dataCenter, (there) => there === 0);
  return { says: `all connections of tunnel ${tunnel} end elsewhere`, event };
}

/** A tunnel has all its connections, and some end in the data center. */
export function backIn(dataCenter: string, tunnel: string, all: number): Effect {
  const event = moved(tunnel, all, dataCenter, (there) => there > 0);
  return { says: `connections of tunnel ${tunnel} end in ${dataCenter} again`, event };
}

function moved(tunnel: string, all: number, dataCenter: string, holds: (there: number) => boolean): Effect['event'] {
  return ({ before, since }) => {
    const open = new Map<string, number>();
    let seen = 0;
    for (const event of [...before, ...since]) {
      seen++;
      if (event.data.tunnel !== tunnel) continue;
      const place = String(event.data.data_center);
      if (event.type === 'connection.opened') open.set(place, (open.get(place) ?? 0) + 1);
      else if (event.type === 'connection.closed') open.set(place, (open.get(place) ?? 0) - 1);
      if (seen <= before.length) continue;
      const count = [...open.values()].reduce((total, each) => total + each, 0);
      if (count === all && holds(open.get(dataCenter) ?? 0)) return event;
    }
    return undefined;
  };
}

/** A pool's health was decided. */
export function poolBecomes(pool: string, health: string): Effect {
  return {
    says: `pool ${pool} is ${health}`,
    event: ({ since }) =>
      since.find((event) => isPoolChange(event) && event.data.pool === pool && event.data.to === health),
  };
}

export function isPoolChange({ type, data }: EdgeEvent): boolean {
  return type === 'health.changed' && data.kind === 'pool';
}

export function isEndpointChange({ type, data }: EdgeEvent): boolean {
  return type === 'health.changed' && data.kind === 'endpoint';
}
