import type { Duplex, Readable } from 'node:stream';
import { Client } from 'undici';
import type { Exchange, RequestHead, ResponseHandler } from '../tunnel/connection.js';
import type { Dial, UpstreamKey } from './dial.js';
import { HttpUpstream } from './http-upstream.js';

/** Cloudflare takes 128 KB of response headers (docs/reference/load-balancing.md 10, error 520). */
export const MAX_RESPONSE_HEADERS = 128 * 1024;

/** A way to an origin on which every request and every dial takes a connection of its own, as probes do. */
export class SingleUpstream {
  /** Opens a connection. Fails with the error of the dial. */
  readonly connect: (signal: AbortSignal) => Promise<Duplex>;

  constructor(
    private readonly key: UpstreamKey,
    private readonly dial: Dial,
  ) {
    this.connect = opener(key, dial);
  }

  request(head: RequestHead, body: Readable | null, handler: ResponseHandler): Exchange {
    let cancelDial: () => void = () => undefined;
    const client = new Client(originOf(this.key), {
      maxHeaderSize: MAX_RESPONSE_HEADERS,
      connect: (options, done) => {
        cancelDial = this.dial(options, done);
      },
    });
    const exchange = new HttpUpstream(client, this.connect, true).request(head, body, handler);
    return {
      resume: () => exchange.resume(),
      abort() {
        exchange.abort();
        // undici would wait for a connection that is still being made.
        cancelDial();
        void client.destroy().catch(() => undefined);
      },
    };
  }
}

/** Scheme, host and port, as undici names an origin. */
export function originOf({ host, port, secure }: UpstreamKey): string {
  return `${secure ? 'https' : 'http'}://${authorityOf(host, port)}`;
}

function authorityOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Opens connections outside undici, for whoever speaks on them himself. */
export function opener(key: UpstreamKey, dial: Dial): (signal: AbortSignal) => Promise<Duplex> {
  const { host, port, secure, serverName } = key;
  const options = {
    hostname: host,
    host: authorityOf(host, port),
    protocol: secure ? 'https:' : 'http:',
    port: String(port),
    servername: serverName,
  };
  return (signal) =>
    new Promise((resolve, reject) => {
      const givenUp = (): void => {
        cancel();
        reject(signal.reason);
      };
      const cancel = dial(options, (error, socket) => {
        signal.removeEventListener('abort', givenUp);
        if (error) reject(error);
        else resolve(socket as Duplex);
      });
      if (signal.aborted) givenUp();
      else signal.addEventListener('abort', givenUp, { once: true });
    });
}
