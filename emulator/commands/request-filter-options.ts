import { type Command, InvalidArgumentError } from 'commander';
import { FILTERS, type RequestFilter, STATUS_PATTERN } from '../observe/request-filter.js';

export type FilterOptions = Partial<Record<keyof RequestFilter, string>>;

/** The options that say which requests are meant. */
export function withFilters(command: Command): Command {
  return command
    .option('--host <name>', 'only requests for this host name')
    .option('--pool <name>', 'only where this pool was tried')
    .option('--endpoint <name>', 'only where this endpoint was tried')
    .option('--tunnel <name>', 'only where this tunnel was tried')
    .option('--status <status>', 'only what was answered so: 503, or 5xx', parseStatus)
    .option('--fault <name>', 'only what this fault had a part in; any: whichever');
}

/** The same as the query of the control API: empty, or from the question mark on. */
export function filterQuery(options: FilterOptions, more: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(more);
  for (const name of FILTERS) {
    const value = options[name];
    if (value !== undefined) query.set(name, value);
  }
  return query.size === 0 ? '' : `?${query}`;
}

/** @throws InvalidArgumentError */
function parseStatus(text: string): string {
  if (STATUS_PATTERN.test(text)) return text;
  throw new InvalidArgumentError('It must be a status such as 503, or a hundred of them such as 5xx.');
}
