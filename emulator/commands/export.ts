import type { Command } from 'commander';
import { defineError } from '../../runtime/errors.js';
import type { CommandContext } from './context.js';
import { createEdgeClient, EDGE_CLIENT_HELP, notAnEdge } from './edge-client.js';

/** `option`: the one that takes the token, where the command has one. */
export const secretsNeedToken = defineError<{ option?: string }>('SECRETS_NEED_TOKEN', {
  message: () => '--secrets needs the API token: an edge tells its secrets to nobody else',
  fix: ({ option }) => `give its account.api_token ${option ? `as ${option} or ` : ''}in COLOCAL_API_TOKEN`,
});

interface Options {
  readonly url?: string;
  readonly token?: string;
  readonly secrets?: true;
}

export function registerExport(program: Command, context: CommandContext): void {
  program
    .command('export')
    .description('print the state of a running edge as a colocal.yaml to start from')
    .option('--url <url>', "where the edge's API is, in place of COLOCAL_URL")
    .option('--token <token>', 'its account.api_token, in place of COLOCAL_API_TOKEN')
    .option('--secrets', "with account.api_token and the tunnels' secrets, so that connectors keep their tokens")
    .addHelpText('after', EDGE_CLIENT_HELP)
    .action(async ({ url, token, secrets }: Options) => {
      const environment = {
        ...process.env,
        ...(url === undefined ? {} : { COLOCAL_URL: url }),
        ...(token === undefined ? {} : { COLOCAL_API_TOKEN: token }),
      };
      if (secrets && !environment.COLOCAL_API_TOKEN) throw secretsNeedToken({ option: '--token TOKEN' });
      const client = createEdgeClient(environment);
      const text = await client.get(`/colocal/v1/export${secrets ? '?secrets=true' : ''}`);
      // Whoever redirects it into a file would only find out later.
      if (!/^account:$/m.test(text)) throw notAnEdge({ url: client.url, answer: 'it sent no configuration' });
      context.print(text.trimEnd());
    });
}
