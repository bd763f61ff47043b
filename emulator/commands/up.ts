import type { Command } from 'commander';
import { realDeadlines } from '../../runtime/deadlines.js';
import { createLog, type LogFormat, type LogLevel } from '../observe/log.js';
import type { CommandContext } from './context.js';
import { environmentOf, writeEnvironment } from './edge-environment.js';
import { editOf } from './edit.js';
import { logFormatOption, logLevelOption, parseSeed } from './options.js';
import { tellParentNews, tellParentReady } from './parent.js';
import { stopRequested } from './stop-request.js';

interface UpOptions {
  readonly config: string;
  readonly seed?: number | string;
  readonly state?: string;
  readonly writeEnv?: string;
  readonly check?: true;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export function registerUp(program: Command, context: CommandContext): void {
  program
    .command('up')
    .description('run the edge of a configuration file, and follow its edits')
    .option('-c, --config <file>', 'the configuration', 'colocal.yaml')
    .option('--seed <seed>', 'seed of every random choice; printed when it is left out', parseSeed)
    .option('--state <dir>', 'folder that keeps changes over a restart; without it nothing is written')
    .option(
      '--write-env <file>',
      'where to write, once it is ready, the variables that lead to it: COLOCAL_URL and others',
    )
    .option('--check', 'only read the file and say what is wrong with it')
    .addOption(logLevelOption())
    .addOption(logFormatOption())
    .allowExcessArguments()
    .action((options: UpOptions, command: Command) => {
      const [file] = command.args;
      if (file !== undefined) command.error(`error: the file is an option: colocal up --config ${file}`);
      return options.check ? check(options, context) : up(options, context);
    });
}

async function check(options: UpOptions, context: CommandContext): Promise<void> {
  const { formatProblem, loadConfigFile } = await import('../config/index.js');
  const { warnings } = await loadConfigFile(options.config);
  for (const warning of warnings) context.print(`warning: ${formatProblem(warning)}`);
  context.print(`${options.config}: ok`);
}

async function up(options: UpOptions, context: CommandContext): Promise<void> {
  const stop = stopRequested();
  const [{ loadConfigFile }, { startEdge }] = await Promise.all([import('../config/index.js'), import('../edge.js')]);
  const loaded = await loadConfigFile(options.config);
  const config = options.seed === undefined ? loaded : { ...loaded, seed: options.seed };
  const log = createLog({ level: options.logLevel, format: options.logFormat });
  const edge = await startEdge({
    config,
    log,
    deadlines: realDeadlines,
    watch: true,
    ...(options.state !== undefined && { state: options.state }),
  });
  context.print(`colocal ${context.version}, seed ${edge.seed}`);
  for (const { name, address } of edge.addresses) context.print(`  ${name.padEnd(16)} ${address}`);
  for (const warning of edge.warnings) context.print(`warning: ${warning}`);
  if (options.state !== undefined) context.print(`keeping changes in ${options.state}`);
  context.print(`following ${options.config}; Ctrl-C stops`);
  edge.events.subscribe((event) => {
    const edit = editOf(event);
    if (edit !== undefined) tellParentNews(edit);
  });
  if (options.writeEnv !== undefined) {
    const urls = Object.fromEntries(edge.addresses.map(({ name, address }) => [name, address]));
    writeEnvironment(options.writeEnv, environmentOf(urls, edge.state.read().account.api_token));
  }
  tellParentReady(Object.fromEntries(edge.addresses.map(({ name, address }) => [name, address])));
  await Promise.race([stop, edge.closed]);
  await edge.close();
  await log.flush();
}
