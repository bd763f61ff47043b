import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ConfigError, formatProblem, parseConfig } from './index.js';

/** golden/x.yaml is read, and says exactly what golden/x.txt says: problems, or warnings when there are none. */
const folder = new URL('golden/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

describe('what colocal.yaml is told', () => {
  test.each(names)('%s', (name) => {
    const expected = readFileSync(new URL(name.replace('.yaml', '.txt'), folder), 'utf8');
    expect(messagesFor(name)).toEqual(expected.trimEnd().split('\n'));
  });
});

function messagesFor(name: string): string[] {
  const text = readFileSync(new URL(name, folder), 'utf8');
  try {
    return parseConfig(text, name).warnings.map((warning) => `warning: ${formatProblem(warning)}`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(formatProblem);
  }
}
