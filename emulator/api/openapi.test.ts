import { describe, expect, test } from 'vitest';
import { useBareApi } from './api.fixture.js';
import type { ApiDeps } from './api.types.js';
import { openApiOf } from './openapi.js';
import { servedEndpoints } from './served.js';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Readonly<Record<string, unknown>>;
}

const served = servedEndpoints({} as ApiDeps);
const document = JSON.parse(JSON.stringify(openApiOf(served))) as {
  openapi: string;
  info: { title: string; version: string };
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe('the OpenAPI document', () => {
  test('has exactly what is served', () => {
    const described = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    const expected = served.map(({ endpoint }) => `${endpoint.method} ${endpoint.path.replace(/:(\w+)/g, '{$1}')}`);
    expect(described.toSorted()).toEqual(expected.toSorted());
  });

  test('has the form of OpenAPI 3.1', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
    const tags = new Set(document.tags.map(({ name }) => name));
    for (const { path, method, operation } of operations) {
      expect(path).toMatch(/^\/[^:]+$/);
      expect(['get', 'post', 'put', 'patch', 'delete']).toContain(method);
      expect(operation.summary).not.toBe('');
      expect(operation.tags.every((tag) => tags.has(tag))).toBe(true);
      const places = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name);
      const given = operation.parameters.filter((parameter) => parameter.in === 'path');
      expect(given.map(({ name }) => name)).toEqual(places);
      expect(given.every(({ required }) => required)).toBe(true);
      expect(operation.responses).toHaveProperty('200');
      expect(operation.responses).toHaveProperty('default');
    }
  });

  test('names every operation once, and every parameter of it', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operation } of operations) {
      const names = operation.parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test('refers to nothing that is not in it', () => {
    const references = new Set<string>();
    JSON.stringify(document, (key, value: unknown) => {
      if (key === '$ref') references.add(String(value));
      return value;
    });
    expect(references.size).toBeGreaterThan(0);
    for (const reference of references) {
      expect(reference).toMatch(/^#\/components\//);
      const found = reference
        .slice(2)
        .split('/')
        .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], document);
      expect(found, reference).toBeDefined();
    }
  });

  test('is served, to anybody', async () => {
    const { request } = await useBareApi();
    const { status, body } = await request('/openapi.json', { headers: { authorization: '' } });
    expect(status).toBe(200);
    expect(body).toEqual(document);
  });
});
