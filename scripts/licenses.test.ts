import { expect, test } from 'vitest';
import { licensesOf } from './licenses.js';

test('gives each bundled package once, with its text', () => {
  const text = licensesOf([
    'emulator/main.ts',
    'node_modules/ws/lib/sender.js',
    'node_modules/ws/lib/receiver.js',
    'node_modules/@peculiar/x509/build/x509.es.js',
  ]);
  expect(text.match(/^ws \d+\.\d+\.\d+ \(MIT\)$/gm)).toHaveLength(1);
  expect(text).toContain('@peculiar/x509');
  expect(text.match(/Permission is hereby granted/g)?.length).toBeGreaterThanOrEqual(2);
});
