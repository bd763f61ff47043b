import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2';
import { onTestFinished } from 'vitest';
import { type TestIngress, textOf } from './ingress.test-support.js';

export async function session({ https, ca }: TestIngress): Promise<ClientHttp2Session> {
  const opened = connect(`https://app.example.com:${https}`, { ca, servername: 'app.example.com', host: '127.0.0.1' });
  opened.on('error', () => undefined);
  onTestFinished(() => opened.destroy());
  await once(opened, 'connect');
  return opened;
}

export interface Answer {
  readonly headers: Record<string, unknown>;
  readonly text: string;
  readonly trailers: Record<string, unknown> | undefined;
}

export async function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  let trailers: Record<string, unknown> | undefined;
  stream.on('trailers', (fields) => {
    trailers = fields;
  });
  const [headers] = await once(stream, 'response');
  const text = await textOf(stream);
  return { headers, text, trailers };
}

export function get(client: ClientHttp2Session, headers: OutgoingHttpHeaders = {}): ClientHttp2Stream {
  return client.request({ ':authority': 'app.example.com', ...headers });
}
