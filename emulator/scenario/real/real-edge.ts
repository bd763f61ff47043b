import { createEdgeClient, readAnswer } from '../../commands/edge-client.js';
import { traceOf } from '../../control/request-trace.js';
import { requestSchema } from '../../control/request-view.schema.js';
import { type StateView, stateViewSchema } from '../../control/state-view.schema.js';
import type { RequestTrace } from '../../observe/journal.types.js';
import { findInHealth } from '../expect/health.js';
import type { Finding } from '../scenario.types.js';
import type { ExpectSpec } from '../schema.js';

/** A running edge, as its API shows it. */
export interface RealEdge {
  /** Where it takes requests. */
  readonly trafficUrl: string;
  add(fault: object): Promise<void>;
  lift(fault: string): Promise<void>;
  trace(ray: string): Promise<RequestTrace | undefined>;
  findInHealth(expected: NonNullable<ExpectSpec['health']>): Promise<Finding[]>;
}

/** Fails as `colocal status` does. */
export async function realEdge(url: string): Promise<RealEdge> {
  const client = createEdgeClient({ ...process.env, COLOCAL_URL: url });
  const state = async (): Promise<StateView> =>
    readAnswer(client.url, await client.get('/colocal/v1/state'), stateViewSchema);
  const trafficUrl = (await state()).listeners.find(({ name }) => name === 'http')?.address ?? url;
  return {
    trafficUrl,
    async add(fault) {
      await client.send('POST', '/colocal/v1/faults', fault);
    },
    async lift(name) {
      await client.send('DELETE', `/colocal/v1/faults/${encodeURIComponent(name)}`);
    },
    trace: (ray) =>
      client.get(`/colocal/v1/requests/${encodeURIComponent(ray)}`).then(
        (text) => traceOf(readAnswer(client.url, text, requestSchema)),
        // The edge keeps the latest only.
        () => undefined,
      ),
    async findInHealth(expected) {
      const { pools } = await state();
      const poolOf = (id: string) => pools.find((pool) => pool.id === id);
      return findInHealth(
        expected,
        {
          pool: (id) => poolOf(id)?.health,
          endpoint: (id, name) => {
            const health = poolOf(id)?.endpoints.find((each) => each.name === name)?.health;
            if (!health) return undefined;
            const { state: verdict, regions = {}, passing, failing } = health;
            const votes = [
              ...passing.map((dataCenter) => ({ dataCenter, verdict: 'healthy' as const })),
              ...failing.flatMap((each) =>
                each.data_centers.map((dataCenter) => ({ dataCenter, verdict: 'unhealthy' as const })),
              ),
            ];
            return { verdict, regions: new Map(Object.entries(regions)), votes };
          },
        },
        { pools: new Map(pools.map((pool) => [pool.id, pool])) },
      );
    },
  };
}
