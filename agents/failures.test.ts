import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { SUMMED_UP_AFTER } from '../runtime/repeated.js';
import { selfSigned } from './testing/certificate.js';
import { connected } from './testing/connector.js';
import { GET, type HttpOpenMessage } from './testing/edge.js';
import { freePort, tcpOrigin } from './testing/origin.js';
import { waitUntil } from './testing/wait.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const UPGRADE: HttpOpenMessage = {
  ...GET,
  kind: 'upgrade',
  headers: ['Upgrade', 'websocket', 'Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version', '13'],
};

/** A connector whose second rule leads to the service. */
async function through(service: string, originRequest: object = {}) {
  const rules = [
    { hostname: 'other.example.com', service: 'hello_world' },
    { hostname: 'app.example.com', service, originRequest },
    { service: 'http_status:404' },
  ];
  const setup = await connected({ config: { ingress: rules }, networks: ['127.0.0.0/8'] });
  cleanups.push(setup.close);
  const { connector } = setup;
  /** What was logged since the configuration was applied. */
  const lines = (): string[] => {
    const { lines } = connector.log;
    return lines.slice(lines.findIndex((line) => line.startsWith('configuration applied')) + 1);
  };
  return { ...setup, lines };
}

/** An origin with a certificate of its own, and the file with it. */
async function tlsOrigin(name: string, notAfter?: Date): Promise<{ readonly url: string; readonly caPool: string }> {
  const certificate = await selfSigned(name, notAfter);
  const server = createTlsServer(certificate, (_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  const folder = mkdtempSync(join(tmpdir(), 'colocal-ca-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  const caPool = join(folder, 'ca.pem');
  writeFileSync(caPool, certificate.cert);
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, caPool };
}

async function refusing(scheme: string): Promise<string> {
  return `${scheme}://127.0.0.1:${await freePort()}`;
}

const EXPIRED = new Date(Date.UTC(2020, 5, 1));

/** What fails: the rule's service, its options, and the cause and reason that are said of it. */
const FAILING: readonly (readonly [
  what: string,
  service: () => Promise<string> | string,
  cause: string,
  reason: string,
  kind: HttpOpenMessage,
])[] = [
  ['nobody listens', () => refusing('http'), 'refused', 'ECONNREFUSED', GET],
  ['nobody listens, for a WebSocket', () => refusing('http'), 'refused', 'ECONNREFUSED', UPGRADE],
  ['the name does not resolve', () => 'http://no-such-host.invalid', 'dns', 'ENOTFOUND', GET],
  ['the unix socket is missing', () => 'unix:/no/such.sock', 'refused', 'ENOENT', GET],
  ['a TCP service does not listen', () => refusing('tcp'), 'refused', 'ECONNREFUSED', UPGRADE],
  ['an ssh service does not listen', () => refusing('ssh'), 'refused', 'ECONNREFUSED', UPGRADE],
  ['an rdp service does not resolve', () => 'rdp://no-such-host.invalid', 'dns', 'ENOTFOUND', UPGRADE],
];

describe('one line of the log, and the reset, name tunnel, connector, rule and cause when', () => {
  test.each(FAILING)('%s', async (_, service, cause, reason, message) => {
    const { connection, connector, lines } = await through(await service());
    const { failure } = await connection.request(message);
    expect(failure?.detail).toMatch(/^rule 2 \(app\.example\.com -> /);
    expect(failure?.detail).toContain(reason);
    expect(lines()).toHaveLength(1);
    const [line = ''] = lines();
    expect(line.startsWith(failure?.detail ?? 'nothing')).toBe(true);
    expect(JSON.parse(line.slice(line.lastIndexOf('{')))).toEqual({
      tunnel: '6ff42ae2-765d-4adf-8112-31c55c1551ef',
      tunnelName: 'app',
      connector: connector.id,
      cause,
    });
  });

  test.each([
    ['is not trusted', 'origin.test', undefined, false, 'self-signed certificate'],
    ['has expired', 'origin.test', EXPIRED, true, 'certificate has expired'],
    ['is for another name', 'other.test', undefined, true, "does not match certificate's altnames"],
  ])('the certificate %s', async (_, name, notAfter, trusted, reason) => {
    const { url, caPool } = await tlsOrigin(name, notAfter);
    const options = { originServerName: 'origin.test', ...(trusted ? { caPool } : {}) };
    const { connection, lines } = await through(url, options);
    await connection.request();
    expect(lines()).toEqual([expect.stringMatching(/^rule 2 \(app.*"cause":"certificate"/)]);
    expect(lines()[0]).toContain(reason);
  });

  test('the handshake takes too long', async () => {
    let taken = false;
    const origin = await tcpOrigin(() => {
      taken = true;
    });
    cleanups.push(origin.close);
    const { connection, connector, lines } = await through(`https://127.0.0.1:${origin.port}`, { tlsTimeout: 3 });
    const stream = connection.open(GET);
    stream.finish();
    await waitUntil(() => taken && connector.time.size > 0);
    await waitUntil(() => {
      connector.time.elapse(3000);
      return stream.failure !== undefined;
    });
    expect(lines()).toEqual([expect.stringMatching(/^rule 2 .* within 3000 ms .*"cause":"tls"/)]);
  });

  test('a private address refuses, or no route covers it', async () => {
    const { connection, lines } = await through('hello_world');
    const port = await freePort();
    for (const ip of ['127.0.0.1', '192.0.2.7']) await connection.open({ kind: 'tcp', ip, port }).done;
    expect(lines()).toEqual([
      expect.stringMatching(`^private address 127.0.0.1:${port}: connecting .* ECONNREFUSED .*"cause":"refused"`),
      expect.stringMatching(`^private address 192.0.2.7:${port}: no route of this tunnel .*"cause":"not_allowed"`),
    ]);
  });
});

describe('an answer of the connector itself is one line too', () => {
  test('a rule with a status, and a TCP service that is asked for no WebSocket', async () => {
    const { connection, lines } = await through('ssh://localhost:22');
    const unknown = await connection.request({ authority: 'unknown.example.com' });
    expect(unknown.answer).toMatchObject({ status: 404, detail: 'rule 3 (* -> http_status:404) answers 404' });
    const plain = await connection.request();
    expect(plain.answer).toMatchObject({ status: 400, source: 'connector' });
    expect(lines()).toEqual([
      expect.stringMatching(/^rule 3 \(\* -> http_status:404\) answers 404 .*"status":404/),
      expect.stringMatching(/^rule 2 \(app.example.com -> ssh:\/\/localhost:22\) is a TCP service, .*"status":400/),
    ]);
  });

  test('no configuration at all: 503', async () => {
    const { connection, close, connector } = await connected({ config: null });
    cleanups.push(close);
    expect((await connection.request()).answer).toMatchObject({ status: 503 });
    expect(connector.log.lines.at(-1)).toMatch(/^no ingress rule: .*"tunnel":.*"status":503/);
  });

  test('a service that cannot be carried: 502 with the rule, without the password of its address', async () => {
    const { connection } = await through('redis://user:secret@localhost');
    expect((await connection.request()).answer).toMatchObject({
      status: 502,
      detail: 'rule 2 (app.example.com -> redis://localhost): this connector does not serve that, so it answers 502',
    });
  });
});

test('a configuration without a catch-all is refused in a line that names tunnel, connector, rule and reason', async () => {
  const { connection, connector } = await through('hello_world');
  const ack = await connection.push({ ingress: [{ hostname: 'a.example.com', service: 'hello_world' }] }, 2);
  expect(ack.error).toMatch(/^ingress\[0\]: The last ingress rule must match all URLs/);
  expect(connector.log.lines.at(-1)).toMatch(
    /^configuration refused; the one in force stays: ingress\[0\]: The last .*"tunnel":.*"connector":.*"version":2/,
  );
});

test('the same failure again is counted, and the count said a minute later; nothing stays behind', async () => {
  const { connection, connector, lines } = await through(await refusing('http'));
  for (let count = 0; count < 5; count++) await connection.request();
  expect(lines()).toHaveLength(1);
  connector.time.elapse(SUMMED_UP_AFTER);
  expect(lines()).toEqual([
    expect.anything(),
    expect.stringMatching(/\(again 4 times in the last minute\).*"again":4/),
  ]);
});

test('long names and services leave room for the reason', async () => {
  const path = `/${'p'.repeat(200)}`;
  const { connection } = await through(`unix:${path}`);
  const { failure } = await connection.request();
  expect(failure?.detail).toMatch(/^rule 2 \(app.example.com -> unix:\/p+…\): connecting to /);
});
