import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EFFECTIVE_KEYS } from '../../protocol/served.js';
import { configFromObject, parseConfig } from './index.js';
import { configJsonSchema } from './json-schema.js';

const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');

describe('docs/configuration.md', () => {
  test.each(blocks.map((block, index) => [index, block] as const))(
    'has an example %i that loads without a warning',
    (_index, block) => {
      expect(parseConfig(block, 'docs/configuration.md').warnings).toEqual([]);
    },
  );

  test('shows the defaults as they are', () => {
    const shown = blocks.find((block) => block.startsWith('account:')) ?? '';
    const { desired, listen, clock } = parseConfig(shown, 'docs/configuration.md');
    expect({ desired, listen, clock }).toEqual(pick(configFromObject({})));
  });

  test('says which options of originRequest have effect', () => {
    const sentence = /These have effect at colocal's connectors: ([^.]*)\./.exec(page)?.[1] ?? '';
    expect([...sentence.matchAll(/`(\w+)`/g)].map((match) => match[1])).toEqual(EFFECTIVE_KEYS);
  });

  test('names every key', () => {
    const known = new Set(
      [...page.matchAll(/`([^`\n]+)`/g)].flatMap(([, code]) => (code ?? '').match(/[\w-]+/g) ?? []),
    );
    for (const heading of page.matchAll(/^#+ (.*)$/gm))
      for (const word of (heading[1] ?? '').split(' ')) known.add(word);
    const missing = [...new Set(keysOf(configJsonSchema()))].filter((key) => !known.has(key));
    expect(missing).toEqual([]);
  });
});

function pick({ desired, listen, clock }: ReturnType<typeof configFromObject>): object {
  return { desired, listen, clock };
}

function* keysOf(node: unknown): Generator<string> {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, part] of Object.entries(node)) {
    if (key === 'properties') yield* Object.keys(part as object);
    yield* keysOf(part);
  }
}
