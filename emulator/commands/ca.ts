import type { Command } from 'commander';
import type { CommandContext } from './context.js';
import { createEdgeClient, EDGE_CLIENT_HELP, notAnEdge } from './edge-client.js';

const PEM = /^-----BEGIN CERTIFICATE-----\n[\w+/=\n]+\n-----END CERTIFICATE-----$/;

export function registerCa(program: Command, context: CommandContext): void {
  program
    .command('ca')
    .description("print the certificate authority of a running edge's certificates (PEM)")
    .addHelpText('after', EDGE_CLIENT_HELP)
    .action(async () => {
      const client = createEdgeClient(process.env);
      const pem = (await client.get('/colocal/v1/ca')).trimEnd();
      // Whoever redirects it into a file would only find out later.
      if (!PEM.test(pem)) throw notAnEdge({ url: client.url, answer: 'it sent no certificate' });
      context.print(pem);
    });
}
