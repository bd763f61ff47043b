import { expect, test } from 'vitest';
import { otherNames } from './unknown-host.js';

const at = (host: string, scheme: 'http' | 'https' = 'http') => ({ scheme, host, authority: `${host}:8080` });
const NAMES = ['app.example.com', 'internal.example.com'];

test.each(['127.0.0.1', 'localhost', '[::1]'])('whoever asks for %s gets the names and a command', (host) => {
  expect(otherNames(NAMES, at(host))).toBe(
    `the names are app.example.com, internal.example.com; curl -H 'Host: app.example.com' http://${host}:8080/ asks for the first`,
  );
});

test('a wrong name gets the names alone, as does https, where a name decides the certificate', () => {
  expect(otherNames(NAMES, at('ap.example.com'))).toBe('the names are app.example.com, internal.example.com');
  expect(otherNames(NAMES, at('127.0.0.1', 'https'))).toBe('the names are app.example.com, internal.example.com');
});

test('ten names are enough, and there may be none', () => {
  const many = Array.from({ length: 12 }, (_, index) => `n${index}`);
  expect(otherNames(many, at('x.example.com'))).toBe(`the names are ${many.slice(0, 10).join(', ')} and 2 more`);
  expect(otherNames([], at('127.0.0.1'))).toBe('the account has no name that the edge answers for');
});
