import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** One request that reached the origin. */
export interface Arrival {
  readonly path: string;
  /** UUID of the connector through which it came. */
  readonly connector: string;
}

/** An origin that answers nothing before it is told to; of `/download...` it sends the head and the first piece. */
export interface HeldOrigin {
  readonly url: string;
  readonly arrivals: readonly Arrival[];
  /** Resolves when that many requests have arrived, since the start. */
  arrived(count: number): Promise<void>;
  /** Answers everything that is held, and from now on at once. */
  release(): void;
}

export async function startHeldOrigin(): Promise<HeldOrigin> {
  const arrivals: Arrival[] = [];
  const held: (() => void)[] = [];
  let released = false;
  let onArrival: (() => void)[] = [];
  const arrive = (request: IncomingMessage, response: ServerResponse): void => {
    const path = request.url ?? '';
    arrivals.push({ path, connector: String(request.headers['cf-warp-tag-id']) });
    if (path.startsWith('/download')) response.write('first piece, ');
    const answer = (): void => {
      response.end(`last piece of ${path}`);
    };
    if (released) answer();
    else held.push(answer);
    for (const wake of onArrival) wake();
    onArrival = [];
  };
  const server = createServer((request, response) => {
    // The whole body first, so that what arrived was sent.
    request.resume().once('end', () => arrive(request, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    arrivals,
    async arrived(count) {
      while (arrivals.length < count) await new Promise<void>((resolve) => onArrival.push(resolve));
    },
    release() {
      released = true;
      for (const answer of held.splice(0)) answer();
    },
  };
}
