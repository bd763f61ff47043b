import type { DataCenter, Place } from '../geo/geo.types.js';
import type { Connection } from './connection.js';

/** Connections end in this many data centers (docs/reference/load-balancing.md 9.3: at least two). */
const DATA_CENTERS_PER_CONNECTOR = 2;

type Nearest = (place: Place, count: number) => readonly DataCenter[];

/**
 * The data center in which a connector's connection ends: one of the two running ones closest to where the
 * connector stands, whichever has fewer of its other connections, so that four make two and two, also when a data
 * center has gone down. Among equals connections alternate by their index.
 *
 * @param others how many other connections of the same connector end in a data center
 */
export function assignDataCenter(
  place: Place,
  index: number,
  nearest: Nearest,
  others: (code: string) => number,
): DataCenter | undefined {
  const candidates = nearest(place, DATA_CENTERS_PER_CONNECTOR);
  const fewest = Math.min(...candidates.map(({ code }) => others(code)));
  const free = candidates.filter(({ code }) => others(code) === fewest);
  const byIndex = candidates[index % Math.max(1, candidates.length)];
  return byIndex && free.includes(byIndex) ? byIndex : free[0];
}

/**
 * Which of a tunnel's connections shall dial in anew, because they were assigned while a data center closer to
 * their connector was down. One always stays, so that the tunnel is never without.
 *
 * @param isAway whether a connection would now be assigned elsewhere
 */
export function toBringHome(
  connections: Iterable<Connection>,
  isAway: (connection: Connection) => boolean,
): Connection[] {
  const serving = [...connections].filter(({ accepting }) => accepting);
  const away = serving.filter(isAway);
  return away.length === serving.length ? away.slice(1) : away;
}

/** Whether a connection ends where its connector's connections belong now. */
export function isHome(dataCenter: string, place: Place, nearest: Nearest): boolean {
  return nearest(place, DATA_CENTERS_PER_CONNECTOR).some(({ code }) => code === dataCenter);
}
