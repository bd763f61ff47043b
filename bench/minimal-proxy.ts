/**
 * What the edge is measured against: the least that still is a streaming reverse proxy on undici's
 * `dispatch`, in one process, without steering, tunnel, journal or checks.
 *
 *   minimal-proxy.ts LISTEN_PORT ORIGIN_URL
 */
import { createServer, type ServerResponse } from 'node:http';
import { type Dispatcher, Pool } from 'undici';

const [port, origin] = process.argv.slice(2);
if (!port || !origin) throw new Error('usage: minimal-proxy.ts LISTEN_PORT ORIGIN_URL');

const pool = new Pool(origin);

/** Headers of one hop only: they are not passed on. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'te', 'trailer', 'expect']);

function passOn(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    if (!HOP_BY_HOP.has(name.toLowerCase())) kept.push(name, raw[i + 1] ?? '');
  }
  return kept;
}

function respondThrough(response: ServerResponse): Dispatcher.DispatchHandler {
  let stop: (() => void) | undefined;
  return {
    onRequestStart(controller) {
      stop = () => controller.abort(new Error('the client went away'));
      response.on('drain', () => controller.resume());
      response.on('close', () => {
        if (!response.writableEnded) stop?.();
      });
    },
    onResponseStart(controller, status) {
      response.writeHead(status, passOn(textOf(controller.rawHeaders)));
    },
    onResponseData(controller, chunk) {
      if (!response.write(chunk)) controller.pause();
    },
    onResponseEnd() {
      stop = undefined;
      response.end();
    },
    onResponseError() {
      stop = undefined;
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    },
  };
}

function textOf(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  return Array.isArray(raw) ? raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1'))) : [];
}

createServer((request, response) => {
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
  pool.dispatch(
    {
      method: (request.method ?? 'GET') as Dispatcher.HttpMethod,
      path: request.url ?? '/',
      headers: passOn(request.rawHeaders),
      body: hasBody ? request : null,
    },
    respondThrough(response),
  );
}).listen(Number(port), '127.0.0.1');
