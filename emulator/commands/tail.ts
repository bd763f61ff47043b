import type { Command } from 'commander';
import { type Deadlines, realDeadlines } from '../../runtime/deadlines.js';
import { traceOf } from '../control/request-trace.js';
import type { RequestView } from '../control/request-view.schema.js';
import { requestLine } from '../observe/request-line.js';
import type { CommandContext } from './context.js';
import { createEdgeClient, EDGE_CLIENT_HELP, type EdgeClient, edgeUnreachable, readAnswer } from './edge-client.js';
import { readerGone, roomIn } from './output.js';
import { type FilterOptions, filterQuery, withFilters } from './request-filter-options.js';
import type { SentEvent } from './sent-events.js';
import { stopRequested } from './stop-request.js';

/** Milliseconds between two looks for an edge that went away. */
const LOOK_AGAIN = 1_000;

export function registerTail(program: Command, context: CommandContext): void {
  withFilters(program.command('tail'))
    .description('print requests as they happen, one line each with the reason that decided; Ctrl-C stops')
    .option('--json', 'as JSON, one request a line')
    .addHelpText('after', EDGE_CLIENT_HELP)
    .action(async ({ json, ...filter }: FilterOptions & { readonly json?: true }) => {
      const client = createEdgeClient(process.env);
      const stop = new AbortController();
      void Promise.race([stopRequested(), readerGone(process.stdout)]).then(() => stop.abort());
      const { requestSchema } = await import('../control/request-view.schema.js');
      const shown = (view: RequestView): string => (json ? JSON.stringify(view) : requestLine(traceOf(view)));
      await tail({
        client,
        path: `/colocal/v1/requests/stream${filterQuery(filter)}`,
        stop: stop.signal,
        deadlines: realDeadlines,
        warn: context.warn,
        async take({ type, data }) {
          if (type === 'request') context.print(shown(readAnswer(client.url, data, requestSchema)));
          else if (type === 'dropped') context.warn(missing(data));
          await roomIn(process.stdout);
        },
      });
    });
}

export interface Tailing {
  readonly client: Pick<EdgeClient, 'follow' | 'url'>;
  readonly path: string;
  readonly stop: AbortSignal;
  readonly deadlines: Deadlines;
  readonly warn: (text: string) => void;
  /** Takes one event after the other; the next is not read before it resolves. */
  readonly take: (event: SentEvent) => Promise<void>;
}

/**
 * Follows the requests of an edge until the signal stops it, over restarts of the edge. An edge that is not there to
 * begin with is an error.
 *
 * @throws EDGE_UNREACHABLE, EDGE_REFUSED, NOT_AN_EDGE
 */
export async function tail({ client, path, stop, deadlines, warn, take }: Tailing): Promise<void> {
  let found = false;
  let away = false;
  while (!stop.aborted) {
    try {
      const events = await client.follow(path, stop);
      if (away) warn(`the edge at ${client.url} is back`);
      found = true;
      away = false;
      for await (const event of events) {
        if (stop.aborted) return;
        await take(event);
      }
    } catch (error) {
      if (stop.aborted) return;
      if (!found || !edgeUnreachable.is(error)) throw error;
    }
    if (stop.aborted) return;
    if (!away) warn(`the edge at ${client.url} went away; waiting for it to come back`);
    away = true;
    await pause(LOOK_AGAIN, deadlines, stop);
  }
}

function missing(data: string): string {
  const { count } = JSON.parse(data) as { readonly count?: unknown };
  return `${count} more requests came than could be printed; they are missing here`;
}

function pause(milliseconds: number, deadlines: Deadlines, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      deadline.cancel();
      stop.removeEventListener('abort', over);
      resolve();
    };
    const deadline = deadlines.after(milliseconds, over);
    stop.addEventListener('abort', over);
  });
}
