/**
 * The least that sends requests over the connections that cloudflared dials: node:http2 over TLS, and nothing of the edge.
 * What it costs is what no edge on node:http2 can go below.
 *
 *   minimal-http2.ts CONTROL_PORT TLS_PORT CA_FILE
 *
 * `GET /listening` of the control port answers once it can be dialled, `/ready` once somebody did; `/small?seconds=`, `/download?bytes=&times=` and
 * `/upload?bytes=&times=` make the load and answer with how much it was, as JSON.
 */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2';
import { createServer as createTlsServer } from 'node:tls';
import { openCertificateAuthority } from '../emulator/ingress/certificate-authority.js';

const [controlPort, tlsPort, caFile] = process.argv.slice(2);
if (!controlPort || !tlsPort || !caFile) throw new Error('usage: minimal-http2.ts CONTROL_PORT TLS_PORT CA_FILE');

/** Requests at once, as the load generator has connections to the edge. */
const AT_ONCE = 64;
const CHUNK = Buffer.alloc(64 * 1024, 'colocal ');
/** The same windows as the edge's. */
const STREAM_WINDOW = 256 * 1024;
const CONNECTION_WINDOW = 16 * 1024 * 1024;
/** What the edge adds to a request that has nothing but a host. */
const HEADERS = {
  'cf-ray': '8c2f4a1b9d3e5f70-NRT',
  'cf-connecting-ip': '127.0.0.1',
  'cf-ipcountry': 'JP',
  'cf-visitor': '{"scheme":"http"}',
  'x-forwarded-for': '127.0.0.1',
  'x-forwarded-proto': 'http',
  'cdn-loop': 'cloudflare; loops=1',
};

const sessions: ClientHttp2Session[] = [];
let turn = 0;

function open(method: string, path: string, extra: OutgoingHttpHeaders = {}): ClientHttp2Stream {
  const session = sessions[turn++ % sessions.length];
  if (!session) throw new Error('nobody dialled');
  return session.request(
    {
      ':method': method,
      ':scheme': 'http',
      ':authority': 'cloudflared.example.com',
      ':path': path,
      ...HEADERS,
      ...extra,
    },
    { endStream: method === 'GET' },
  );
}

/** How many bytes the answer has. */
function answered(stream: ClientHttp2Stream): Promise<number> {
  return new Promise((resolve, reject) => {
    let status: number | undefined;
    let received = 0;
    stream.on('response', (headers) => {
      status = headers[':status'];
    });
    stream.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    stream.on('error', reject);
    stream.on('end', () => (status === 200 ? resolve(received) : reject(new Error(`status ${status}`))));
  });
}

async function small(seconds: number): Promise<{ requests: number; seconds: number }> {
  const begin = performance.now();
  const end = begin + seconds * 1_000;
  let requests = 0;
  const one = async (): Promise<void> => {
    while (performance.now() < end) {
      await answered(open('GET', '/health'));
      requests++;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return { requests, seconds: (performance.now() - begin) / 1_000 };
}

async function bulk(direction: 'download' | 'upload', bytes: number, times: number): Promise<{ seconds: number }> {
  const begin = performance.now();
  for (let i = 0; i < times; i++) {
    if (direction === 'download') {
      const received = await answered(open('GET', `/bytes/${bytes}`));
      if (received !== bytes) throw new Error(`${received} of ${bytes} bytes`);
    } else {
      const stream = open('POST', '/upload', { 'content-length': String(bytes) });
      const answer = answered(stream);
      send(stream, bytes);
      await answer;
    }
  }
  return { seconds: (performance.now() - begin) / 1_000 };
}

function send(stream: ClientHttp2Stream, bytes: number): void {
  let left = bytes;
  const more = (): void => {
    while (left > 0) {
      const chunk = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
      left -= chunk.length;
      if (!stream.write(chunk)) {
        stream.once('drain', more);
        return;
      }
    }
    stream.end();
  };
  more();
}

const now = Date.now();
const authority = await openCertificateAuthority(now);
const pair = await authority.issue(['h2.cftunnel.com'], now, now + 24 * 60 * 60 * 1_000);
writeFileSync(caFile, authority.certificate);
createTlsServer({ key: pair.privateKey, cert: pair.certificate, noDelay: true }, (socket) => {
  const session = connect('http://edge', {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
  });
  session.on('connect', () => {
    session.setLocalWindowSize(CONNECTION_WINDOW);
    sessions.push(session);
  });
  // Whoever has a request open on it hears of it.
  session.on('error', () => undefined);
}).listen(Number(tlsPort), '127.0.0.1');

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://control');
  const number = (name: string): number => Number(searchParams.get(name));
  const what = pathname.slice(1);
  if (what === 'listening' || what === 'ready') {
    response.writeHead(what === 'listening' || sessions.length > 0 ? 200 : 503).end();
    return;
  }
  const work =
    what === 'download' || what === 'upload' ? bulk(what, number('bytes'), number('times')) : small(number('seconds'));
  work.then(
    (result) => response.end(JSON.stringify(result)),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
}).listen(Number(controlPort), '127.0.0.1');
