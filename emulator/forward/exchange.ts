import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import type { Vantage } from '../geo/geo.types.js';
import type { EdgeError } from './edge-errors.js';

/** A client's request as ingress hands it on: checked, stripped of our own headers, whatever HTTP version carried it. */
export interface ClientRequest {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** Host name in lower case, without port. */
  readonly host: string;
  /** Host and port as the client wrote them. */
  readonly authority: string;
  /** Path and query. */
  readonly path: string;
  readonly httpVersion: '1.0' | '1.1' | '2';
  /** Flat list as received, minus the vantage headers and HTTP/2 pseudo headers. */
  readonly headers: readonly string[];
  /** null when the request has no body. */
  readonly body: Readable | null;
  /** The client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean;
  readonly vantage: Vantage;
  /** Ray of the request of the journal that it repeats. */
  readonly replayOf?: string;
}

/** The way back to the client. */
export interface ClientResponse {
  /** Sends `100 Continue`. */
  continue(): void;
  /** Headers are flat; hop-by-hop ones are already gone. */
  head(status: number, headers: readonly string[]): void;
  /** False: wait for `onDrain`. */
  write(chunk: Buffer): boolean;
  end(trailers: readonly string[]): void;
  /** Breaks the stream, so that the client sees that the response is not whole. */
  destroy(): void;
  /** Called once writing may go on after `write` returned false. */
  onDrain(listener: () => void): void;
  /** Called once when the client went away before the response ended. */
  onClose(listener: () => void): void;
  readonly headSent: boolean;
}

/** A request to switch protocols (WebSocket, HTTP/1.1). The raw parts are there because the socket itself is handed over. */
export interface ClientUpgrade {
  readonly request: ClientRequest;
  /** For an answer other than 101: a plain response, after which the socket closes. */
  readonly response: ClientResponse;
  readonly raw: { readonly message: IncomingMessage; readonly socket: Duplex; readonly head: Buffer };
}

/** A request whose head could be read, and which ingress answers with an error itself. As the client wrote it, unchecked. */
export interface RefusedRequest extends Pick<ClientRequest, 'method' | 'scheme' | 'host' | 'path'> {
  readonly httpVersion: string;
  readonly error: EdgeError;
  readonly clientIp: string;
  /** Where its client's address says that it comes from; undefined when no data center runs. */
  readonly vantage: Vantage | undefined;
}

/** What ingress needs to know of the rest of the edge. */
export interface Forwarder {
  handle(request: ClientRequest, response: ClientResponse): void;
  upgrade(upgrade: ClientUpgrade): void;
  /** Puts a request into the record that goes no further. Returns its ray, for the answer. */
  refused(request: RefusedRequest): string;
  /** An error page made by the edge before a request could be understood, e.g. 400 or 431. */
  readonly pages: ErrorPages;
}

/** Error pages in our own words and design, with Cloudflare's status and code. */
export interface ErrorPages {
  render(page: ErrorPage): { readonly status: number; readonly headers: readonly string[]; readonly body: Buffer };
}

export interface ErrorPage {
  readonly status: number;
  /** Cloudflare's 1xxx code, where there is one. */
  readonly code?: number;
  readonly title: string;
  /** What happened. */
  readonly detail: string;
  /** What to do. */
  readonly fix: string;
  readonly ray: string;
  readonly host?: string;
  /** HTML for browsers, JSON for API clients, else text; decided by the request's Accept. */
  readonly accept?: string;
}
