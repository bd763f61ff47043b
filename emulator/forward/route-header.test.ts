import { expect, test } from 'vitest';
import { traced } from '../observe/journal.fixture.js';
import { routeHeader } from './route-header.js';

const trace = traced({ ray: '7d0c5a3e9b1f2a64' });

test('tells the whole way of a request through a tunnel', () => {
  const attempt = { endpoint: 'tokyo-a', address: 'x', tunnel: 'tokyo', connector: '0f3c', egress: 'KIX' };
  const header = routeHeader(
    { ...trace, loadBalancer: 'app.example.com', pool: 'tokyo', fallback: false, attempts: [attempt] },
    attempt,
  );
  expect(header).toBe(
    'ray="7d0c5a3e9b1f2a64-NRT", colo="NRT", lb="app.example.com", pool="tokyo", endpoint="tokyo-a", tunnel="tokyo", connector="0f3c", egress="KIX", attempts=1, fallback=?0',
  );
});

test('leaves out what does not apply', () => {
  expect(routeHeader(trace, undefined)).toBe('ray="7d0c5a3e9b1f2a64-NRT", colo="NRT"');
});

test('stays a valid structured field whatever things are called', () => {
  const attempt = { endpoint: 'a "b" \\ ünïcode\r\nX: y', address: 'x' };
  expect(routeHeader({ ...trace, attempts: [attempt] }, attempt)).toContain('endpoint="a \\"b\\" \\\\ ?n?code??X: y"');
});
