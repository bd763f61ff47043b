import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError, type ConfigInput, configFromObject, parseConfig } from './index.js';
import { fileSchema } from './schema.js';

/** Whatever comes in, it is taken or refused with its problems; nothing else is ever thrown. */
function refusedAtMost(load: () => unknown): void {
  try {
    load();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
  }
}

describe('hostile input', () => {
  test('of any shape under any section is refused in words', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const section = fc.constantFrom(...Object.keys(fileSchema.shape));
    const element = fc.dictionary(
      fc.constantFrom('name', 'id', 'origins', 'routes', 'config', 'load_balancers', 'network', 'address', '__proto__'),
      fc.oneof(
        value,
        fc.array(fc.dictionary(fc.constantFrom('name', 'address', 'tunnel', 'network', 'id'), value), { maxLength: 3 }),
      ),
    );
    fc.assert(
      fc.property(section, fc.oneof(value, fc.array(element, { maxLength: 3 })), (name, content) => {
        refusedAtMost(() => configFromObject({ [name]: content } as ConfigInput));
      }),
    );
  });

  test('as text is refused in words', () => {
    const piece = fc.constantFrom(
      'pools',
      ':',
      '\n',
      '  ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '*a',
      '&a ',
      '!!x ',
      '"',
      "'",
      '|',
      '<<',
      '? ',
      '\t',
      '---',
      '%',
      '#',
      '1',
      'name',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        refusedAtMost(() => parseConfig(pieces.join(''), 'colocal.yaml'));
      }),
    );
  });

  test('that multiplies by aliases is refused before it fills the memory', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const inner = level === 0 ? '"x"' : `*l${level - 1}`;
      return `  - &l${level} [${Array(9).fill(inner).join(', ')}]`;
    });
    refusedAtMost(() => parseConfig(`pools:\n${levels.join('\n')}\n`, 'colocal.yaml'));
    expect(() => parseConfig(`pools:\n${levels.join('\n')}\n`, 'colocal.yaml')).toThrow('Excessive alias count');
  });
});
