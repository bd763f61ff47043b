import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseSpan } from '../../runtime/clock.js';
import { realDeadlines } from '../../runtime/deadlines.js';
import { randomSeed } from '../../runtime/ids.js';
import { createRng } from '../../runtime/rng.js';
import { createLog, type LogFormat, type LogLevel } from '../observe/log.js';
import type { CommandContext } from './context.js';
import { logFormatOption, logLevelOption, parseHostAndPort } from './options.js';
import { tellParentReady } from './parent.js';

interface AgentOptions {
  readonly edge: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly credentialsFile?: string;
  readonly url?: string;
  readonly helloWorld?: boolean;
  readonly location?: string;
  readonly config?: string;
  readonly map?: readonly string[];
  readonly metrics?: string;
  readonly gracePeriod?: number;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export function registerAgent(program: Command, context: CommandContext): void {
  const agent = program.command('agent').description('the connector, which dials in to an edge');
  agent
    .command('run')
    .description('run a connector of one tunnel until it is stopped')
    .requiredOption('--edge <url>', 'required: where the edge takes connectors, e.g. ws://127.0.0.1:7843')
    .addOption(
      new Option('--token <token>', 'what `colocal token TUNNEL` prints; or one of the next two').env('TUNNEL_TOKEN'),
    )
    .addOption(new Option('--token-file <file>', 'a file with the token').env('TUNNEL_TOKEN_FILE'))
    .addOption(
      new Option('--credentials-file <file>', "cloudflared's credentials, in place of a token").env('TUNNEL_CRED_FILE'),
    )
    .option('--location <code>', 'data center it stands closest to, e.g. NRT; else the default one of the edge')
    .option('-c, --config <file>', "cloudflared's config.yml")
    .option('--url <service>', 'one service for every request, e.g. http://localhost:3000; else the rules of the edge')
    .addOption(new Option('--hello-world', 'answer every request with a page of its own').conflicts('url'))
    .option(
      '--map <from=to>',
      'where private addresses really are: CIDR=CIDR or IP:PORT=HOST:PORT; repeatable',
      collect,
    )
    .option('--metrics <host:port>', 'where /ready and /metrics listen; else a free port', checkHostAndPort)
    .option('--grace-period <span>', 'how long to wait for open requests when stopped; else 30s', readSpan)
    .addOption(logLevelOption())
    .addOption(logFormatOption())
    .action((options: AgentOptions) => runAgent(options, context));
}

async function runAgent(options: AgentOptions, context: CommandContext): Promise<void> {
  const runConnector = await context.loadConnector();
  const log = createLog({ level: options.logLevel, format: options.logFormat });
  const service = options.helloWorld ? 'hello_world' : options.url;
  context.exitCode = await runConnector({
    edge: options.edge,
    ...(options.token === undefined ? {} : { token: options.token }),
    ...(options.tokenFile === undefined ? {} : { tokenFile: options.tokenFile }),
    ...(options.credentialsFile === undefined ? {} : { credentialsFile: options.credentialsFile }),
    ...(service === undefined ? {} : { service }),
    ...(options.location === undefined ? {} : { location: options.location }),
    ...(options.config === undefined ? {} : { configFile: options.config }),
    maps: options.map ?? [],
    ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
    ...(options.gracePeriod === undefined ? {} : { gracePeriodMs: options.gracePeriod }),
    deadlines: realDeadlines,
    // Spreads the connectors of one tunnel in time, so every process draws its own.
    rng: createRng(randomSeed()),
    log,
    printError: context.warn,
    onReady: (connector) => tellParentReady({ connector }),
  });
  await log.flush();
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

function checkHostAndPort(text: string): string {
  parseHostAndPort(text);
  return text;
}

function readSpan(text: string): number {
  const span = parseSpan(text);
  if (span === undefined) throw new InvalidArgumentError('It must be a number and a unit (ms, s, m, h, d), e.g. 30s.');
  return span;
}
