import { once } from 'node:events';
import { connect as tlsConnect } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ClientResponse } from '../forward/exchange.js';
import { get, session } from './http2.test-support.js';
import { openIngress, RawClient, turns } from './ingress.test-support.js';

/** "café" in UTF-8, as Node gives header values: one character for each byte. */
const CAFE = 'caf\u00c3\u00a9';
/** Every byte above ASCII. */
const ALL = Array.from({ length: 0x80 }, (_, at) => String.fromCharCode(0x80 + at)).join('');
const HOST = 'Host: app.example.com\r\n';
const HEADERS = ['X-Name', CAFE, 'X-All', ALL] as const;
const SENT = `X-Name: ${CAFE}\r\nX-All: ${ALL}\r\n`;

type Send = (response: ClientResponse) => Promise<void> | void;

const headAlone: Send = async (response) => {
  response.head(200, [...HEADERS, 'X-End', '1']);
  await turns();
};

describe('header bytes above ASCII reach an HTTP/1 client as they are', () => {
  test.each<[string, string, Send]>([
    ['in a head that goes out by itself', 'GET', headAlone],
    ['in the head that answers a HEAD, by itself', 'HEAD', headAlone],
    [
      'in a head that goes out with its body',
      'GET',
      (response) => {
        response.head(200, [...HEADERS, 'Content-Length', '2']);
        response.write(Buffer.from('ok'));
        response.end([]);
      },
    ],
    [
      'in a head without body, at once',
      'GET',
      (response) => {
        response.head(204, HEADERS);
        response.end([]);
      },
    ],
    [
      'in a head without body, by itself',
      'GET',
      async (response) => {
        response.head(304, HEADERS);
        await turns();
      },
    ],
    [
      'in trailers',
      'GET',
      (response) => {
        response.head(200, ['Trailer', 'X-Name, X-All']);
        response.write(Buffer.from('ok'));
        response.end(HEADERS);
      },
    ],
  ])('%s', async (_, method, send) => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    // Twice: the connection is another one when it was used before.
    for (let round = 0; round < 2; round++) {
      client.text = '';
      client.send(`${method} / HTTP/1.1\r\n${HOST}\r\n`);
      const { response } = await forwarder.next();
      await send(response);
      expect(await client.until(SENT)).toContain(SENT);
      response.end([]);
      await turns();
    }
  });

  test('inside TLS', async () => {
    const { https, ca, forwarder } = await openIngress({ tls: true });
    const socket = tlsConnect({ host: '127.0.0.1', port: https, ca, servername: 'app.example.com' });
    onTestFinished(() => void socket.destroy());
    await once(socket, 'secureConnect');
    const client = new RawClient(socket);
    client.send(`GET / HTTP/1.1\r\n${HOST}\r\n`);
    await headAlone((await forwarder.next()).response);
    await client.until(SENT);
  });

  test('in a refused WebSocket handshake', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`GET /ws HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    await headAlone((await forwarder.nextUpgrade()).response);
    await client.until(SENT);
  });
});

test('the same bytes reach an HTTP/2 client', async () => {
  const ingress = await openIngress({ tls: true });
  const stream = get(await session(ingress));
  const { response } = await ingress.forwarder.next();
  response.head(200, HEADERS);
  const [headers] = await once(stream, 'response');
  expect(headers).toMatchObject({ 'x-name': CAFE, 'x-all': ALL });
  response.end([]);
});

test('the text of an error page stays UTF-8', async () => {
  const { http } = await openIngress();
  const client = await RawClient.open(http);
  client.send('GET / HTTP/1.1\r\nHost: caf\u00e9\r\n\r\n');
  expect(Buffer.from(await client.until('colocal'), 'latin1').toString('utf8')).toContain('"café" is not a host name');
});
