import { ColocalError, defineError } from '../../runtime/errors.js';
import type { ConfigProblem } from './config.types.js';

/** How many problems a message lists: a file that is about something else has hundreds. */
const MOST_SHOWN = 20;

/** Refuses a configuration, whole. The running state, if there is one, stays as it was. */
export class ConfigError extends ColocalError {
  constructor(
    /** Everything that is wrong, in the order of the file; never empty. */
    readonly problems: readonly ConfigProblem[],
    file: string | undefined,
  ) {
    const lines = problems.slice(0, MOST_SHOWN).map(formatProblem);
    const more = problems.length - lines.length;
    super(
      'CONFIG_INVALID',
      'user',
      problems.length === 1
        ? (lines[0] ?? '')
        : [
            `${file ?? 'the configuration'} has ${problems.length} problems:`,
            ...lines,
            ...(more === 0 ? [] : [`and ${more} more`]),
          ].join('\n  '),
      file === undefined
        ? 'correct it and try again; docs/configuration.md lists every key'
        : `correct it and check again with: colocal up --check --config ${file}`,
    );
  }
}

export const configNotFound = defineError<{ path: string }>('CONFIG_NOT_FOUND', {
  message: (d) => `there is no configuration file ${d.path}`,
  fix: () =>
    'name one with --config PATH, or see a working setup with: colocal demo (its file is examples/demo/colocal.yaml)',
});

export const configUnreadable = defineError<{ path: string; reason: string }>('CONFIG_UNREADABLE', {
  message: (d) => `the configuration file ${d.path} cannot be read: ${d.reason}`,
  fix: () => 'make it a regular file that this user may read, or name another one with --config PATH',
});

/** `colocal.yaml:12:7: message`, with as much of the place as is known. */
export function formatProblem(problem: ConfigProblem): string {
  if (problem.file === undefined) return problem.message;
  const place = problem.line === undefined ? '' : `:${problem.line}:${problem.column ?? 1}`;
  return `${problem.file}${place}: ${problem.message}`;
}
