import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly trailers: IncomingMessage['trailers'];
  readonly body: string;
}

/** Starts a request to a listener of the edge under a name of its choice. The body, if any, is the caller's. */
export function open(listener: string, host: string, options: RequestOptions = {}): ClientRequest {
  const { hostname, port, protocol } = new URL(listener);
  const request = (protocol === 'https:' ? httpsRequest : httpRequest)({
    host: hostname,
    port,
    servername: host,
    ...options,
    headers: { host, ...options.headers },
  });
  // A test that breaks connections is no reason to end the process; who waits for an answer hears of it.
  request.on('error', () => undefined);
  onTestFinished(() => void request.destroy());
  return request;
}

/** The head of the answer; its body has not been read. */
export function answered(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
}

/** Reads an answer to its end. Rejects when it breaks off before that. */
export async function whole(response: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const { headers, rawHeaders, trailers } = response;
  return { status: response.statusCode ?? 0, headers, rawHeaders, trailers, body: String(Buffer.concat(chunks)) };
}

/** A whole exchange. */
export async function ask(
  listener: string,
  host: string,
  options: RequestOptions = {},
  body?: string | Buffer,
): Promise<Reply> {
  const request = open(listener, host, options);
  request.end(body);
  return whole(await answered(request));
}

/** A socket to a listener, for tests that write HTTP by hand. */
export async function dial(listener: string): Promise<Socket> {
  const { hostname, port } = new URL(listener);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

/** Reads from a socket until what came satisfies `enough`. */
export function readUntil(socket: Socket, enough: (text: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const take = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      if (!enough(text)) return;
      socket.pause().off('data', take).off('close', closed);
      resolve(text);
    };
    const closed = (): void => reject(new Error(`the connection closed after: ${text}`));
    socket.on('data', take).once('close', closed);
    socket.resume();
  });
}
