import { writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { realDeadlines } from '../../runtime/deadlines.js';
import { defineError, messageOf } from '../../runtime/errors.js';
import type { CommandContext } from './context.js';

export const pullFileExists = defineError<{ path: string }>('PULL_FILE_EXISTS', {
  message: (d) => `${d.path} is there already`,
  fix: () => 'name another file with --output, or delete it first: it may hold secrets, which are never pulled',
});

export const pullFileRefused = defineError<{ path: string; reason: string }>('PULL_FILE_REFUSED', {
  message: (d) => `${d.path} cannot be written: ${d.reason}`,
  fix: () => 'name another file with --output',
});

const DEFAULT_API = 'https://api.cloudflare.com/client/v4';

interface Options {
  readonly account: string;
  readonly zone: readonly string[];
  readonly apiUrl: string;
  readonly token?: string;
  readonly output?: string;
}

export function registerPull(program: Command, context: CommandContext): void {
  program
    .command('pull')
    .description('read load balancers, pools, monitors and tunnels of an account from its API, as a colocal.yaml')
    .requiredOption('--account <id>', "the account's id", parseAccountId)
    .option('--zone <name>', 'only this zone; may be repeated. Default: every zone of the account', collect, [])
    .option('--api-url <url>', 'the v4 API to read from', DEFAULT_API)
    .option('--token <token>', 'an API token that may read, in place of CLOUDFLARE_API_TOKEN')
    .option('-o, --output <file>', 'write to a new file. Default: standard output')
    .addHelpText('after', HELP)
    .action(async ({ account, zone, apiUrl, token, output }: Options) => {
      const { formatProblem, pull, pullTokenMissing } = await import('../pull/index.js');
      const secret = token ?? process.env.CLOUDFLARE_API_TOKEN;
      if (!secret) throw pullTokenMissing({});
      const { text, leftOut, problems, counts } = await pull({
        accountId: account,
        zones: zone,
        baseUrl: apiUrl,
        token: secret,
        file: output ?? 'colocal.yaml',
        deadlines: realDeadlines,
      });
      if (output === undefined) context.print(text.trimEnd());
      else await writeNew(output, text);
      const numbers = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
      context.warn(`${output ?? 'pulled'}: ${numbers.join(', ')}`);
      if (leftOut.length > 0) context.warn(`left out: ${leftOut.length}, each in a comment (# left out: ...)`);
      if (problems.length === 0) return;
      context.warn('colocal up would refuse it, until it is corrected:');
      for (const problem of problems) context.warn(`  ${formatProblem(problem)}`);
      context.exitCode = 1;
    });
}

const HELP = `
It only reads. Nothing secret is written: no token, no tunnel_secret. The exit code is 1 when the file has to be
corrected before an edge takes it; what is wrong is said with its line.

Environment:
  CLOUDFLARE_API_TOKEN  an API token that may read the account`;

function parseAccountId(text: string): string {
  if (!/^[0-9a-f]{32}$/.test(text)) throw new InvalidArgumentError('It must be 32 lower-case hexadecimal digits.');
  return text;
}

function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text.toLowerCase()];
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw pullFileExists({ path }, { cause: error });
    throw pullFileRefused({ path, reason: messageOf(error) }, { cause: error });
  }
}
