import type { EdgeEvent } from '../observe/journal.types.js';

/** What an event says of an edit of the configuration, a line for each warning; undefined when it is about something else. */
export function editOf({ type, message, data }: EdgeEvent): string | undefined {
  if (type === 'config.refused') return message;
  if (type !== 'config.applied') return undefined;
  // In the event's message the warnings follow on the same line.
  const warnings = Array.isArray(data.warnings) ? data.warnings : [];
  return [message.split('; warning: ', 1)[0], ...warnings.map((warning) => `  warning: ${warning}`)].join('\n');
}
