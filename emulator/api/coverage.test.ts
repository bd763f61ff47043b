import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ApiDeps } from './api.types.js';
import { withTables } from './coverage.js';
import { NOT_SERVED } from './not-served.js';
import { servedEndpoints } from './served.js';

const served = servedEndpoints({} as ApiDeps);
/** What an endpoint is, whatever its places are called. */
const shape = (method: string, path: string): string => `${method} ${path.replace(/:\w+/g, ':')}`;

test('docs/api.md has the endpoints that the code has (npm run api-docs)', () => {
  const document = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
  expect(document).toBe(withTables(document, served, NOT_SERVED));
});

test('no endpoint is served twice, and none both served and not', () => {
  const shapes = served.map(({ endpoint }) => shape(endpoint.method, endpoint.path));
  expect(new Set(shapes).size).toBe(shapes.length);
  const not = NOT_SERVED.flatMap(({ methods, path }) => methods.map((method) => shape(method, path)));
  expect(new Set(not).size).toBe(not.length);
  expect(not.filter((each) => shapes.includes(each))).toEqual([]);
});
