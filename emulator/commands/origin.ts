import type { Command } from 'commander';
import { realDeadlines } from '../../runtime/deadlines.js';
import type { CommandContext } from './context.js';
import { type HostAndPort, parseHostAndPort } from './options.js';
import { tellParentReady } from './parent.js';
import { stopRequested } from './stop-request.js';

interface OriginOptions {
  readonly name: string;
  readonly listen: HostAndPort;
  readonly unhealthy?: true;
}

export function registerOrigin(program: Command, context: CommandContext): void {
  program
    .command('origin')
    .description('run a sample origin, which says who it is and what it received')
    .requiredOption('--name <name>', 'required: what it calls itself')
    .requiredOption('--listen <host:port>', 'required: where it listens, e.g. 127.0.0.1:9001', parseHostAndPort)
    .option('--unhealthy', 'start with /health answering 503')
    .action(async (options: OriginOptions) => {
      const stop = stopRequested();
      const startOrigin = await context.loadOrigin();
      const origin = await startOrigin({
        name: options.name,
        host: options.listen.host,
        port: options.listen.port,
        deadlines: realDeadlines,
        healthy: options.unhealthy !== true,
      });
      context.print(`origin ${options.name} listens on ${origin.url}`);
      tellParentReady({ url: origin.url });
      await stop;
      await origin.close();
    });
}
