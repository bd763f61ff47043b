import type { Command } from 'commander';
import type { CommandContext } from './context.js';
import { createEdgeClient, EDGE_CLIENT_HELP } from './edge-client.js';

export function registerCa(program: Command, context: CommandContext): void {
  program
    .command('ca')
    .description("print the certificate authority of a running edge's certificates (PEM)")
    .addHelpText('after', EDGE_CLIENT_HELP)
    .action(async () => {
      const pem = await createEdgeClient(process.env).get('/colocal/v1/ca');
      context.print(pem.trimEnd());
    });
}
