import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { configJsonSchema, configJsonSchemaText } from './json-schema.js';

describe('colocal.schema.json', () => {
  test('is what the schemas say now (npm run schema writes it)', () => {
    const checkedIn = readFileSync(new URL('../../colocal.schema.json', import.meta.url), 'utf8');
    expect(checkedIn).toBe(configJsonSchemaText());
  });

  test('explains every key, so that editors can', () => {
    const silent: string[] = [];
    walk(configJsonSchema(), '', (path, node) => {
      if (path !== '' && node.description === undefined) silent.push(path);
    });
    expect(silent).toEqual([]);
  });

  test('refuses unknown keys everywhere, as loading does', () => {
    const open: string[] = [];
    walk(configJsonSchema(), '', (path, node) => {
      if (node.properties !== undefined && node.additionalProperties !== false) open.push(path);
    });
    expect(open).toEqual([]);
  });
});

type Node = Readonly<Record<string, unknown>>;

function walk(node: Node, path: string, visit: (path: string, node: Node) => void): void {
  visit(path, node);
  for (const [key, child] of Object.entries((node.properties ?? {}) as Record<string, Node>)) {
    walk(child, `${path}.${key}`, visit);
    const items = (child.items ?? {}) as Node;
    for (const [name, part] of Object.entries((items.properties ?? {}) as Record<string, Node>)) {
      walk(part, `${path}.${key}[].${name}`, visit);
    }
  }
}
