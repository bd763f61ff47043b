import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { holds, refusal } from './expression.fixture.js';
import { FIELDS } from './fields.js';
import { FUNCTION_NAMES, whyNoFunction } from './functions.js';

const page = readFileSync(new URL('../../../docs/expressions.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language, text = '']) => ({
  language,
  text,
}));
const examples =
  blocks
    .find(({ language }) => language === 'txt')
    ?.text.trimEnd()
    .split('\n') ?? [];

/** What is in code in one section. */
function code(section: string): string[] {
  const [, text = ''] = page.split(new RegExp(`^## ${section}$`, 'm'));
  return [...(text.split(/^## /m)[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, found = '']) => found);
}

describe('docs/expressions.md', () => {
  test('has examples', () => {
    expect(examples.length).toBeGreaterThan(10);
  });

  test.each(examples)('%s holds, as it says', (example) => {
    expect(holds(example)).toBe(true);
  });

  test('shows an error as it is', () => {
    const shown = blocks.find(({ text }) => text.includes('EXPRESSION_INVALID'))?.text ?? '';
    const expression = /^ {4}(\w.*)$/m.exec(shown)?.[1] ?? '';
    const error = refusal(expression);
    const place = `(line ${error.line}, column ${error.column})`;
    const caret = error.caret().replace(/^/gm, '    ');
    expect(shown).toBe(`colocal: ${error.message} ${place} [${error.code}]\n${caret}\n  ${error.fix}\n`);
  });

  test('lists every field with its type, and no other', () => {
    const rows = [...page.matchAll(/^\| (`[^|]*`) \| ([^|]*) \|/gm)].flatMap(([, names = '', type = '']) =>
      [...names.matchAll(/`([\w.]+)`/g)].map(([, name = '']) => [name, type] as const),
    );
    const listed = new Map(rows.filter(([name]) => name.includes('.')));
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries([...FIELDS].map(([name, { type }]) => [name, type])));
  });

  test('lists every function, and those that are refused', () => {
    expect(
      code('Functions')
        .flatMap((text) => /^(\w+)\(/.exec(text)?.[1] ?? [])
        .sort(),
    ).toEqual([...FUNCTION_NAMES].sort());
    const refused = code('What is refused').filter((text) => /^[a-z0-9_]{4,}$/.test(text));
    expect(refused.length).toBeGreaterThan(10);
    for (const name of refused) expect(whyNoFunction(name)).toMatch(/is not (?:available|supported)/);
  });
});
