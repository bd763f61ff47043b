import { ColocalError, defineError } from '../../runtime/errors.js';
import type { ConfigProblem } from '../config/index.js';
import { formatProblem } from '../config/index.js';

/** How many problems a message lists. */
const MOST_SHOWN = 20;

/** Refuses a scenario, whole: nothing of it was played. */
export class ScenarioError extends ColocalError {
  constructor(
    /** Everything that is wrong, in the order of the file; never empty. */
    readonly problems: readonly ConfigProblem[],
    file: string,
  ) {
    const lines = problems.slice(0, MOST_SHOWN).map(formatProblem);
    const more = problems.length - lines.length;
    super(
      'SCENARIO_INVALID',
      'user',
      problems.length === 1
        ? (lines[0] ?? '')
        : [`${file} has ${problems.length} problems:`, ...lines, ...(more === 0 ? [] : [`and ${more} more`])].join(
            '\n  ',
          ),
      'correct it and run it again; docs/scenarios.md lists every key',
    );
  }
}

export const scenarioUnreadable = defineError<{ path: string; reason: string }>('SCENARIO_UNREADABLE', {
  message: (d) => `the scenario ${d.path} cannot be read: ${d.reason}`,
  fix: () => 'name the file of a scenario; examples/scenarios/ has some',
});

/** The seed and the file give the same result every time: so that is a defect, or a machine that is far too busy. */
export const notSettled = defineError<{ at: string }>('SCENARIO_NOT_SETTLED', {
  kind: 'system',
  message: (d) => `the scenario came to no rest at ${d.at}: something that was begun did not end`,
  fix: () => 'run it again on a machine with less to do; if that does not help, report the scenario',
});
