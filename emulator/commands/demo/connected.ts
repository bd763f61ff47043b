import type { Deadlines } from '../../../runtime/deadlines.js';
import type { StateView } from '../../control/state-view.schema.js';
import type { EdgeClient } from '../edge-client.js';

/** How many connections one connector holds, two in each of two data centers (docs/reference/load-balancing.md 9.3). */
export const CONNECTIONS_PER_CONNECTOR = 4;

/** Milliseconds between two looks. */
const LOOK_AGAIN = 100;

type Tunnels = readonly {
  readonly name: string;
  readonly connections: readonly Pick<
    StateView['tunnels'][number]['connections'][number],
    'connector_id' | 'accepting'
  >[];
}[];

/**
 * What is missing until every connector that was started has all its connections, each taking requests; one sentence
 * per tunnel, none when nothing is. A tunnel with some connection is not enough: whoever then kills the connector that
 * came first finds the tunnel empty.
 */
export function notConnected(tunnels: Tunnels, connectors: readonly { readonly tunnel: string }[]): string[] {
  const wanted = new Map<string, number>();
  for (const { tunnel } of connectors) wanted.set(tunnel, (wanted.get(tunnel) ?? 0) + 1);
  return [...wanted].flatMap(([name, count]) => {
    const complete = completeConnectors(tunnels.find((tunnel) => tunnel.name === name));
    if (complete >= count) return [];
    return [`tunnel ${name}: ${complete} of ${count} connector${count === 1 ? '' : 's'} with all connections`];
  });
}

function completeConnectors(tunnel: Tunnels[number] | undefined): number {
  const accepting = new Map<string, number>();
  for (const { connector_id, accepting: takes } of tunnel?.connections ?? []) {
    if (takes) accepting.set(connector_id, (accepting.get(connector_id) ?? 0) + 1);
  }
  return [...accepting.values()].filter((count) => count >= CONNECTIONS_PER_CONNECTOR).length;
}

export interface AwaitedConnectors {
  /** As of the last look; nothing before the first. */
  missing(): readonly string[];
  /** Resolves when nothing is missing, or when it is abandoned. */
  complete(deadlines: Deadlines, abandoned: AbortSignal): Promise<void>;
}

/** Waits for connectors that were started, by what the edge says of them. */
export function connectorsOf(
  client: Pick<EdgeClient, 'get'>,
  connectors: readonly { readonly tunnel: string }[],
): AwaitedConnectors {
  let missing: readonly string[] = [];
  return {
    missing: () => missing,
    async complete(deadlines, abandoned) {
      while (!abandoned.aborted) {
        try {
          const { tunnels } = JSON.parse(await client.get('/colocal/v1/state')) as Pick<StateView, 'tunnels'>;
          missing = notConnected(tunnels, connectors);
          if (missing.length === 0) return;
        } catch {
          // An edge that is gone is told by its process.
        }
        await new Promise<void>((resolve) => deadlines.after(LOOK_AGAIN, resolve));
      }
    },
  };
}
