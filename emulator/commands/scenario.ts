import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { ColocalError, defineError, describeError, messageOf } from '../../runtime/errors.js';
import type { CommandContext } from './context.js';
import { parseSeed } from './options.js';

interface Options {
  readonly seed?: number | string;
  readonly junit?: string;
  readonly json?: string;
  readonly real?: string;
}

const NOT_MET = 1;
const BAD_FILE = 2;
/** Codes of errors that are about the file, and not about how the play went. */
const OF_THE_FILE: ReadonlySet<string> = new Set(['SCENARIO_INVALID', 'SCENARIO_UNREADABLE', 'SCENARIO_NOT_REAL']);

const reportNotWritten = defineError<{ path: string; reason: string }>('REPORT_NOT_WRITTEN', {
  message: (d) => `the report cannot be written to ${d.path}: ${d.reason}`,
  fix: () => 'name a file in a folder that exists and may be written to',
});

export function registerScenario(program: Command, context: CommandContext): void {
  const scenario = program
    .command('scenario')
    .description('play a story of loads, faults and changes, and check what comes of it');
  scenario
    .command('run')
    .description('play a scenario on a clock of its own: the same file and seed give the same result every time')
    .argument('<file>', 'the scenario, e.g. examples/scenarios/replica-loss.yaml')
    .option('--seed <seed>', "in place of the file's", parseSeed)
    .option('--junit <file>', 'write the result as JUnit XML')
    .option('--json <file>', 'write the result, with every request, as JSON')
    .option(
      '--real <url>',
      "play it against a running edge's API, in real time; steps that need parts of its own are refused",
    )
    .addHelpText('after', '\nExits with 0 when every expectation was met, 1 when not, 2 when the file is wrong.')
    .action((file: string, options: Options) => run(file, options, context));
}

async function run(file: string, { seed, junit, json, real }: Options, context: CommandContext): Promise<void> {
  const { jsonReport, junitReport, readScenario, runReal, runScenario, timeline } = await import(
    '../scenario/index.js'
  );
  try {
    const scenario = await readScenario(file);
    const result = real === undefined ? await runScenario(scenario, seed) : await runReal(scenario, real, seed);
    context.print(timeline(result));
    if (junit !== undefined) await write(junit, junitReport(result));
    if (json !== undefined) await write(json, jsonReport(result));
    if (!result.passed) context.exitCode = NOT_MET;
  } catch (error) {
    if (!(error instanceof ColocalError && OF_THE_FILE.has(error.code))) throw error;
    context.warn(describeError(error));
    context.exitCode = BAD_FILE;
  }
}

/** @throws REPORT_NOT_WRITTEN */
async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw reportNotWritten({ path, reason: messageOf(error) }, { cause: error });
  }
}
