import { expect, test } from 'vitest';
import { FreePorts } from './ports.js';

const FILE = 'http: 127.0.0.1:8080\napi: 127.0.0.1:7880\nservice: http://127.0.0.1:9101\naddress: 10.0.0.11:8080';
const COMMAND = "curl -x socks5h://a:b@127.0.0.1:1080 'http://127.0.0.1:8080/?[1-100]'";

test('each port of loopback becomes a free one, the same in all texts; other addresses stay', async () => {
  const ports = await FreePorts.forTexts([FILE, COMMAND]);
  const [http, api, service] = [...ports.in(FILE).matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => port);
  expect(ports.in(FILE)).toBe(
    `http: 127.0.0.1:${http}\napi: 127.0.0.1:${api}\nservice: http://127.0.0.1:${service}\naddress: 10.0.0.11:8080`,
  );
  expect(new Set([http, api, service, '8080', '7880', '9101']).size).toBe(6);
  expect(ports.in(COMMAND)).toContain(`'http://127.0.0.1:${http}/?[1-100]'`);
  expect(ports.in(COMMAND)).not.toContain(':1080');
});

test('a port whose digits stand in the address as well becomes a free one too', async () => {
  const ports = await FreePorts.forTexts(['127.0.0.1:0']);
  expect(ports.in('127.0.0.1:0')).toMatch(/^127\.0\.0\.1:[1-9]\d+$/);
});
