import { describe, expect, test } from 'vitest';
import { buildHostIndex } from './host-index.js';

const index = buildHostIndex(
  new Map(
    ['example.com', 'app.example.com', '*.example.com', '*.dev.example.com', 'a.b.example.com', 'example.org'].map(
      (name) => [name, name],
    ),
  ),
);

describe('a host is found', () => {
  test.each([
    ['app.example.com', 'app.example.com'],
    ['example.com', 'example.com'],
    ['x.example.com', '*.example.com'],
    ['x.y.example.com', '*.example.com'],
    ['x.dev.example.com', '*.dev.example.com'],
    ['x.y.dev.example.com', '*.dev.example.com'],
    ['a.b.example.com', 'a.b.example.com'],
  ])('%s by %s', (host, name) => {
    expect(index.find(host)).toBe(name);
  });
});

describe('a host is not found', () => {
  test.each([
    ['www.example.org', 'nothing covers it'],
    ['com', 'it is above every name'],
    ['notexample.com', 'a suffix of letters is no parent'],
    ['x.app.example.com', 'it lies below a name that exists'],
    ['b.example.com', 'it exists, because of what is below it, but has nothing'],
    ['x.b.example.com', 'it lies below such a name'],
    ['dev.example.com', 'a wildcard does not cover the name it stands under'],
    ['', 'it is empty'],
  ])('%s: %s', (host) => {
    expect(index.find(host)).toBeUndefined();
  });
});
