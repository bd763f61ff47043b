import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { describeError } from '../runtime/errors.js';
import { registerAgent } from './commands/agent.js';
import { registerCa } from './commands/ca.js';
import type { CommandContext } from './commands/context.js';
import { registerDemo } from './commands/demo.js';
import { registerExec } from './commands/exec.js';
import { registerExplain } from './commands/explain.js';
import { registerExport } from './commands/export.js';
import { registerExpr } from './commands/expr.js';
import { registerHar } from './commands/har.js';
import { registerLogin } from './commands/login.js';
import { registerOrigin } from './commands/origin.js';
import { linesTo } from './commands/output.js';
import { registerPull } from './commands/pull.js';
import { registerReplay } from './commands/replay.js';
import { registerScenario } from './commands/scenario.js';
import { registerStatus } from './commands/status.js';
import { registerTail } from './commands/tail.js';
import { registerToken } from './commands/token.js';
import { registerUp } from './commands/up.js';
import { wrapText } from './commands/wrap.js';

const FAILURE = 1;
const WRONG_USAGE = 2;

/**
 * Runs one command.
 *
 * @param args what follows the program's name
 * @returns the exit code: 0; 1 when the command failed; 2 when it was called wrongly
 */
export async function run(args: readonly string[]): Promise<number> {
  const context: CommandContext = {
    exitCode: 0,
    version: packageJson.version,
    // Loaded only by the commands that run them: connectors and origins are processes of their own.
    loadConnector: async () => (await import('../agents/index.js')).runConnectorCommand,
    loadOrigin: async () => (await import('../origins/index.js')).startOrigin,
    print: linesTo(process.stdout),
    warn: linesTo(process.stderr),
  };
  const program = new Command('colocal')
    .description('Cloudflare-style load balancing over tunnels on one machine. Not affiliated with Cloudflare.')
    .version(context.version)
    .exitOverride()
    .showHelpAfterError('(--help after a command lists its options)');
  // In the order of a first visit.
  for (const register of [
    registerDemo,
    registerUp,
    registerAgent,
    registerOrigin,
    registerStatus,
    registerTail,
    registerExec,
    registerExplain,
    registerReplay,
    registerHar,
    registerScenario,
    registerExport,
    registerPull,
    registerToken,
    registerCa,
    registerLogin,
    registerExpr,
  ]) {
    register(program, context);
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    // commander has printed its own message already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
    context.warn(forReader(describeError(error), process.stderr));
    return FAILURE;
  }
}

/** On a terminal, lines break between words; in a file or a pipe they stay whole, to be searched. */
function forReader(text: string, { isTTY, columns }: NodeJS.WriteStream): string {
  return isTTY ? wrapText(text, columns) : text;
}
