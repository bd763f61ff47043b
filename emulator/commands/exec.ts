import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { defineError, describeError } from '../../runtime/errors.js';
import type { CommandContext } from './context.js';
import { environmentOf } from './edge-environment.js';
import { parseSeed } from './options.js';

interface ExecOptions {
  readonly config: string;
  readonly ports: 'free' | 'file';
  readonly connect: readonly Connect[];
  readonly seed?: number | string;
}

interface Connect {
  readonly tunnel: string;
  readonly location?: string;
}

/** What a shell says of a command that is not there, and of one that may not run. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
/** What a shell adds to the number of the signal that ended a command. */
const SIGNALLED = 128;

const commandNotFound = defineError<{ command: string }>('COMMAND_NOT_FOUND', {
  message: (d) => `there is no command ${JSON.stringify(d.command)}`,
  fix: () => 'check its name and PATH; a line of shell needs one: colocal exec -- sh -c "..."',
});

const commandNotRun = defineError<{ command: string; reason: string }>('COMMAND_NOT_RUN', {
  message: (d) => `the command ${JSON.stringify(d.command)} cannot be run: ${d.reason}`,
  fix: () => 'it must be a program that may be executed',
});

export function registerExec(program: Command, context: CommandContext): void {
  program
    .command('exec')
    .description('run a command, such as your tests, with an edge that is there as long as it runs')
    .usage('[options] -- <command...>')
    .argument('<command...>', 'the command, behind --')
    .option('-c, --config <file>', 'the configuration', 'colocal.yaml')
    .addOption(
      new Option('--ports <which>', 'free: any free ports, so that many may run at once; file: those of the file')
        .choices(['free', 'file'])
        .default('free'),
    )
    .option('--connect <tunnel@location>', 'a connector in this process; may be repeated', parseConnect, [])
    .option('--seed <seed>', 'seed of every random choice', parseSeed)
    .addHelpText(
      'after',
      `
Environment of the command:
  COLOCAL_HTTP_URL                   where requests go, with the Host of a load balancer
  COLOCAL_HTTPS_URL, COLOCAL_CONNECTORS_URL, COLOCAL_ON_RAMP_URL
  COLOCAL_URL, COLOCAL_API_TOKEN     for colocal's own commands
  CLOUDFLARE_BASE_URL, CLOUDFLARE_API_TOKEN
                                     for the SDKs of the v4 API

It exits as the command does: with its code, or with 128 and the number of the signal that ended it.`,
    )
    .action(async (command: string[], options: ExecOptions) => {
      context.exitCode = await exec(command, options, context);
    });
}

async function exec([command = '', ...args]: readonly string[], options: ExecOptions, context: CommandContext) {
  const { startEmulator } = await import('../index.js');
  const emu = await startEmulator({
    config: options.config,
    ...(options.ports === 'file' && { listen: 'as-configured' }),
    ...(options.seed !== undefined && { seed: options.seed }),
    logLevel: 'warn',
  });
  try {
    await Promise.all(options.connect.map((each) => emu.connect(each)));
    const isRunning = emu.clock.mode !== 'manual';
    // Until then whatever is watched counts as down. An endpoint may never answer; that is for the command to find out.
    if (isRunning) await emu.waitFor.firstResults().catch(() => undefined);
    const urls = {
      http: emu.url,
      https: emu.httpsUrl,
      api: emu.apiUrl,
      connectors: emu.connectorsUrl,
      on_ramp: emu.onRampUrl,
    };
    const environment = environmentOf(urls, emu.state.read().account.api_token);
    return await run(command, args, { ...process.env, ...environment });
  } catch (error) {
    if (!commandNotFound.is(error) && !commandNotRun.is(error)) throw error;
    context.warn(describeError(error));
    return commandNotFound.is(error) ? NOT_FOUND : NOT_EXECUTABLE;
  } finally {
    await emu.close();
  }
}

/** Runs a command to its end, and gives what a shell would give for it. @throws COMMAND_NOT_FOUND, COMMAND_NOT_RUN */
function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  // On Windows, npm and its like are scripts, which only a shell runs.
  const child = spawn(command, args, { stdio: 'inherit', env, shell: process.platform === 'win32' });
  const stop = passSignalsOn(child);
  return new Promise<number>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'ENOENT' ? commandNotFound({ command }) : commandNotRun({ command, reason: error.message }),
      );
    });
    child.once('exit', (code, signal) => resolve(signal ? SIGNALLED + constants.signals[signal] : (code ?? 0)));
  }).finally(stop);
}

/**
 * The command decides what a signal means, and this process ends when it has ended. Ctrl-C in a terminal reaches both by
 * itself: sent again it would be a second one, which many programs take for impatience.
 */
function passSignalsOn(child: ChildProcess): () => void {
  const handlers = (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const).map((signal) => {
    const fromTerminal = (signal === 'SIGINT' || signal === 'SIGQUIT') && process.stdin.isTTY === true;
    const handler = (): void => {
      if (!fromTerminal) child.kill(signal);
    };
    process.on(signal, handler);
    return [signal, handler] as const;
  });
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}

/** `TUNNEL` or `TUNNEL@LOCATION`: names of tunnels may hold an @, codes of data centers do not. */
function parseConnect(text: string, before: readonly Connect[]): readonly Connect[] {
  const [, tunnel = '', location] = /^(.*?)(?:@([A-Za-z]{3}))?$/.exec(text) ?? [];
  if (tunnel === '') throw new InvalidArgumentError('It must be TUNNEL or TUNNEL@LOCATION, e.g. tokyo@NRT.');
  return [...before, { tunnel, ...(location !== undefined && { location }) }];
}
