import type { Command } from 'commander';
import { defineError } from '../../runtime/errors.js';
import { traceOf } from '../control/request-trace.js';
import type { RequestView } from '../control/request-view.schema.js';
import type { CommandContext } from './context.js';
import { createEdgeClient, EDGE_CLIENT_HELP } from './edge-client.js';
import { renderStatus } from './status-view.js';

export const edgeDiffers = defineError<{ url: string; detail: string }>('EDGE_DIFFERS', {
  message: (d) => `the edge at ${d.url} shows a state that this command does not understand: ${d.detail}`,
  fix: () => 'use the same version of colocal for the edge and for this command',
});

const LATEST = 10;

export function registerStatus(program: Command, context: CommandContext): void {
  program
    .command('status')
    .description('show a running edge: listeners, tunnels, load balancers, the last requests')
    .addHelpText('after', EDGE_CLIENT_HELP)
    .action(async () => {
      const client = createEdgeClient(process.env);
      const [state, requests, { stateViewSchema }] = await Promise.all([
        client.get('/colocal/v1/state'),
        client.get(`/colocal/v1/requests?limit=${LATEST}`),
        import('../control/state-view.schema.js'),
      ]);
      const parsed = stateViewSchema.safeParse(JSON.parse(state));
      if (!parsed.success) {
        const detail = parsed.error.issues[0]?.path.join('.') ?? 'unknown';
        throw edgeDiffers({ url: client.url, detail }, { cause: parsed.error });
      }
      const { requests: latest } = JSON.parse(requests) as { requests: RequestView[] };
      context.print(renderStatus(client.url, parsed.data, latest.map(traceOf)));
    });
}
