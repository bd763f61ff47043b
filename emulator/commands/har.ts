import type { Command } from 'commander';
import * as z from 'zod';
import type { CommandContext } from './context.js';
import { createEdgeClient, EDGE_CLIENT_HELP, readAnswer } from './edge-client.js';
import { secretsNeedToken } from './export.js';
import { type FilterOptions, filterQuery, withFilters } from './request-filter-options.js';

const harSchema = z.looseObject({ log: z.looseObject({ version: z.literal('1.2'), entries: z.array(z.unknown()) }) });

export function registerHar(program: Command, context: CommandContext): void {
  withFilters(program.command('har'))
    .description('print the requests that a running edge remembers as an HTTP Archive (HAR 1.2)')
    .option('--limit <count>', 'at most so many, the latest')
    .option('--secrets', 'with the values of Authorization, Cookie and the like, which are hidden otherwise')
    .addHelpText('after', EDGE_CLIENT_HELP)
    .action(
      async ({ secrets, limit, ...filter }: FilterOptions & { readonly secrets?: true; readonly limit?: string }) => {
        if (secrets && !process.env.COLOCAL_API_TOKEN) throw secretsNeedToken({});
        const client = createEdgeClient(process.env);
        const more = { ...(limit === undefined ? {} : { limit }), ...(secrets ? { secrets: 'true' } : {}) };
        const text = await client.get(`/colocal/v1/requests.har${filterQuery(filter, more)}`);
        // Whoever redirects it into a file would only find out later.
        readAnswer(client.url, text, harSchema);
        context.print(text);
      },
    );
}
