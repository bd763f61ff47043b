import { STATUS_CODES } from 'node:http';
import { headerValue } from '../../forward/answering.js';
import type { ConnectionRefusal } from '../../forward/connection/connection.types.js';
import { type EdgeError, edgeError } from '../../forward/edge-errors.js';
import { pageOf } from '../../forward/pages.js';
import { parseAuthority } from '../authority.js';
import { badVantage } from '../refusal.js';
import { basicCredentials, type ConnectHead, HeadReader } from './connect-head.js';
import type { Guest, Identity } from './guest.js';
import type { OnRampContext } from './on-ramp.types.js';

const ONLY_CONNECT: EdgeError = {
  ...edgeError('method_not_allowed'),
  detail: 'This is the way into the private networks: SOCKS5, or HTTP with the method CONNECT.',
  fix: 'Let the client ask for a tunnel: curl --proxytunnel -x http://127.0.0.1:1080 URL, or curl -x socks5h://127.0.0.1:1080 URL.',
};

const NO_PORT: EdgeError = {
  ...edgeError('bad_request'),
  detail: 'What CONNECT asks for is not HOST:PORT.',
  fix: 'Write an IP address or a name, and a port: CONNECT 10.0.0.1:5432 HTTP/1.1.',
};

/** A client that speaks HTTP, until its connection stands or it is refused. */
export class ConnectGuest {
  private readonly reader: HeadReader;
  over = false;

  constructor(
    private readonly guest: Guest,
    private readonly context: OnRampContext,
  ) {
    this.reader = new HeadReader(context.limits.headBytes);
  }

  read(chunk: Buffer): void {
    const read = this.reader.read(chunk);
    if (read.kind === 'more') return;
    if (read.kind === 'problem') {
      this.refuse(edgeError(read.problem === 'too_large' ? 'headers_too_large' : 'bad_request'));
      return;
    }
    this.request(read.head, read.rest);
  }

  private request(head: ConnectHead, rest: Buffer): void {
    const accept = headerValue(head.headers, 'accept');
    if (head.method !== 'CONNECT') {
      this.refuse(ONLY_CONNECT, accept, ['Allow', 'CONNECT']);
      return;
    }
    const target = parseAuthority(head.target);
    if (target?.port === undefined) {
      this.refuse(NO_PORT, accept);
      return;
    }
    const identity = this.identityOf(head);
    if (!identity) {
      this.refuse(edgeError('user_unknown'), accept, ['Proxy-Authenticate', 'Basic realm="colocal", charset="UTF-8"']);
      return;
    }
    const resolved = this.guest.vantageOf(head.headers, identity);
    if (!resolved.ok) {
      this.refuse(badVantage(resolved.error).error, accept);
      return;
    }
    this.over = true;
    const host = target.host.replace(/^\[|\]$/g, '');
    const { vantage } = resolved;
    this.guest.connect({ protocol: 'connect', host, port: target.port, ...identity, vantage }, rest, {
      accepted: (ray) => Buffer.from(`HTTP/1.1 200 Connection established\r\nCF-RAY: ${ray}\r\n\r\n`, 'latin1'),
      refused: (refusal) => this.page(withDetail(refusal), { accept, ray: refusal.ray, host }),
    });
  }

  private identityOf({ headers }: ConnectHead): Identity | undefined {
    const given = basicCredentials(headerValue(headers, 'proxy-authorization'));
    if (given) return this.guest.identify(given.username, given.password);
    return this.context.forwarder.users().required ? undefined : {};
  }

  private refuse(error: EdgeError, accept?: string, headers: readonly string[] = []): void {
    this.over = true;
    const client = this.guest.socket.remoteAddress;
    this.context.log.debug(
      { client, status: error.status, detail: error.detail },
      'a client of the on-ramp was refused',
    );
    this.guest.refuse(this.page(error, { accept, ray: '' }, headers));
  }

  private page(
    error: EdgeError,
    about: { readonly accept: string | undefined; readonly ray: string; readonly host?: string },
    more: readonly string[] = [],
  ): Buffer {
    const { status, headers, body } = this.context.pages.render(pageOf(error, about));
    const all = [...headers, ...more, 'Connection', 'close', ...(about.ray === '' ? [] : ['CF-RAY', about.ray])];
    const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? error.title}`];
    for (let i = 0; i < all.length; i += 2) lines.push(`${all[i]}: ${all[i + 1]}`);
    return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
  }
}

function withDetail({ error, detail }: ConnectionRefusal): EdgeError {
  return { ...error, detail: `${error.detail} In this case: ${detail}.` };
}
