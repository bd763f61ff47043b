import type { Command } from 'commander';
import { traceOf } from '../control/request-trace.js';
import { renderTrace } from '../observe/request-tree.js';
import type { CommandContext } from './context.js';
import { createEdgeClient, EDGE_CLIENT_HELP, readAnswer } from './edge-client.js';

/** Milliseconds: an endpoint may take its time (settings.timeouts.response is 120 s by default). */
const REPLAYED_WITHIN = 150_000;

export function registerReplay(program: Command, context: CommandContext): void {
  program
    .command('replay')
    .description('send a request of the journal once more, and say what became of it')
    .argument('<ray>', "as the answer's CF-RAY says")
    .option('--json', 'as JSON')
    .addHelpText('after', EDGE_CLIENT_HELP)
    .action(async (ray: string, { json }: { readonly json?: true }) => {
      const client = createEdgeClient(process.env);
      const path = `/colocal/v1/requests/${encodeURIComponent(ray)}/replay`;
      const [answer, { requestSchema }] = await Promise.all([
        client.send('POST', path, undefined, REPLAYED_WITHIN),
        import('../control/request-view.schema.js'),
      ]);
      const view = readAnswer(client.url, answer, requestSchema);
      context.print(json ? JSON.stringify(view, null, 2) : renderTrace(traceOf(view)));
    });
}
