import { expect, test } from 'vitest';
import { RuleNames } from './rule-names.js';

test('a request meets the first rule for its name and path, as cloudflared reads them', async () => {
  const rules = new RuleNames();
  expect(rules.of('app.example.com', '/')).toBeUndefined();
  await rules.use({
    ingress: [
      { hostname: 'App.example.com', path: '^/api/v\\d+$', service: 'https://user:secret@10.0.0.1' },
      { hostname: '*.example.com', service: 'http://127.0.0.1:9' },
      { path: '(not a pattern', service: 'http://127.0.0.1:10' },
      { service: 'http_status:404' },
    ],
  });
  expect(rules.of('app.example.com:8080', '/api/v2?x')).toBe(
    'rule 1 (App.example.com ^/api/v\\d+$ -> https://10.0.0.1)',
  );
  expect(rules.of('APP.example.com', '/other')).toBe('rule 2 (*.example.com -> http://127.0.0.1:9)');
  expect(rules.of('example.org', '/')).toBe('rule 4 (* -> http_status:404)');
});

test('the rules that were given last hold, also when those before take longer to read', async () => {
  const rules = new RuleNames();
  const slow = rules.use({
    ingress: [{ path: 'a', service: 'http://127.0.0.1:1' }, { service: 'http://127.0.0.1:2' }],
  });
  await Promise.all([slow, rules.use({ ingress: [{ service: 'http://127.0.0.1:3' }] })]);
  expect(rules.of('a', '/a')).toBe('rule 1 (* -> http://127.0.0.1:3)');
});
