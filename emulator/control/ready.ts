import type { ControlDeps, Readiness } from './control.types.js';

/** What `?for=` may wait for, beyond the configuration and the listeners. */
export const READY_FOR = ['tunnels', 'health'] as const;
export type ReadyFor = (typeof READY_FOR)[number];

type ReadyDeps = Pick<ControlDeps, 'readiness' | 'state' | 'connections' | 'health'>;

/**
 * Whether the edge is ready, with `tunnels` also whether every tunnel has a connection that takes requests, with
 * `health` whether every monitor has its first result of every endpoint.
 */
export function readinessFor(deps: ReadyDeps, what: readonly ReadyFor[]): Readiness {
  const missing = [...deps.readiness().missing];
  if (what.includes('tunnels')) missing.push(...tunnelsWithoutConnection(deps));
  if (what.includes('health')) missing.push(...deps.health.waiting());
  return { ready: missing.length === 0 && deps.readiness().ready, missing };
}

function tunnelsWithoutConnection(deps: ReadyDeps): string[] {
  const connected = new Set<string>();
  for (const connection of deps.connections()) if (connection.accepting) connected.add(connection.tunnelId);
  const missing: string[] = [];
  for (const tunnel of deps.state.read().tunnels.values()) {
    if (!connected.has(tunnel.id)) missing.push(`tunnel ${tunnel.name}: no connector is connected`);
  }
  return missing;
}

/** Reads `?for=tunnels,...`; undefined when it asks for something unknown. */
export function parseReadyFor(value: string | null): readonly ReadyFor[] | undefined {
  if (value === null || value === '') return [];
  const known: ReadyFor[] = [];
  for (const word of value.split(',')) {
    const match = READY_FOR.find((candidate) => candidate === word.trim());
    if (match === undefined) return undefined;
    known.push(match);
  }
  return known;
}
