/**
 * cloudflared's side of the wire as a process: the conformance peer of the tests, with a streaming reverse proxy behind it.
 *
 *   cloudflared-connector.ts CA_FILE ADDRESS,ADDRESS... ORIGIN [TOKEN]
 *
 * Without a token it does not register: what it dials takes it as it is.
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { decodeToken } from '../protocol/token.js';
import { randomUuid } from '../runtime/ids.js';
import { CloudflaredPeer, respond, type Serve } from '../test/support/cloudflared-peer.js';

const [caFile, addresses, origin, token] = process.argv.slice(2);
if (!caFile || !addresses || !origin) {
  throw new Error('usage: cloudflared-connector.ts CA_FILE ADDRESS,ADDRESS... ORIGIN [TOKEN]');
}
/** What cloudflared's HTTP/2 server lets come unasked for on one connection is more than Node's 64 KiB. */
const CONNECTION_WINDOW = 16 << 20;
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding']);

const agent = new Agent({ keepAlive: true });
const serve: Serve = (stream, headers) => {
  const { ':method': method = 'GET', ':path': path = '/', ':authority': host = '' } = headers;
  const length = headers['content-length'];
  const outgoing = request(
    `${origin}${path}`,
    { agent, method, headers: length === undefined ? { host } : { host, 'content-length': length } },
    (response) => {
      // The load ended meanwhile.
      if (stream.destroyed) return void response.resume();
      const kept: string[] = [];
      for (let i = 0; i < response.rawHeaders.length; i += 2) {
        const name = response.rawHeaders[i] ?? '';
        if (!HOP_BY_HOP.has(name.toLowerCase())) kept.push(name, response.rawHeaders[i + 1] ?? '');
      }
      respond(stream, response.statusCode ?? 502, kept);
      response.pipe(stream);
    },
  );
  outgoing.on('error', () => stream.close());
  if (length === undefined) outgoing.end();
  else stream.pipe(outgoing);
};

const connectorId = randomUuid();
for (const [index, address] of addresses.split(',').entries()) {
  const peer = await CloudflaredPeer.dial({ address, ca: readFileSync(caFile, 'utf8') });
  peer.serve = serve;
  (await peer.session).setLocalWindowSize(CONNECTION_WINDOW);
  if (token === undefined) continue;
  const { accountId: accountTag, tunnelId, secret } = decodeToken(token);
  const registration = { accountTag, tunnelId, secret: Buffer.from(secret, 'base64'), connectorId, index };
  const answer = await peer.register(registration);
  if (!answer.ok) throw new Error(answer.cause);
}
