import type { Command } from 'commander';
import { traceOf } from '../control/request-trace.js';
import type { CommandContext } from './context.js';
import { createEdgeClient, EDGE_CLIENT_HELP, readAnswer } from './edge-client.js';
import { renderStatus } from './status-view.js';

const LATEST = 10;

export function registerStatus(program: Command, context: CommandContext): void {
  program
    .command('status')
    .description('show a running edge: listeners, tunnels, load balancers, the last requests')
    .addHelpText('after', EDGE_CLIENT_HELP)
    .action(async () => {
      const client = createEdgeClient(process.env);
      const [state, requests, { stateViewSchema }, { requestListSchema }] = await Promise.all([
        client.get('/colocal/v1/state'),
        client.get(`/colocal/v1/requests?limit=${LATEST}`),
        import('../control/state-view.schema.js'),
        import('../control/request-view.schema.js'),
      ]);
      const view = readAnswer(client.url, state, stateViewSchema);
      const latest = readAnswer(client.url, requests, requestListSchema).requests;
      context.print(renderStatus(client.url, view, latest.map(traceOf)));
    });
}
