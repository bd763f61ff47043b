import {
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { messageOf } from '../../runtime/errors.js';
import { edgeError } from '../forward/edge-errors.js';
import { Http2Body } from './http2-body.js';
import { type Peer, readHttp2Request } from './http2-request.js';
import { Http2Response } from './http2-response.js';
import type { IngressContext } from './ingress.types.js';
import { answerRefusal, answerServerOptions, Refusal, recordRefusal, SERVER_OPTIONS } from './refusal.js';

/** Serves HTTP/2 on sockets it is given. */
export interface Http2 {
  accept(socket: Socket): void;
  /** Takes no more streams; each connection closes once its streams have ended. */
  leave(): void;
}

/** Upload window of a stream: as much as the connectors' protocol gives one (design section 5). */
const STREAM_WINDOW = 256 * 1024;
/** Upload window of a connection: four busy streams at full window. */
const CONNECTION_WINDOW = 1024 * 1024;
/** Advertised, and enforced by reset; between our own limit and this there is room to answer with a page. */
const HEADER_LIST_MARGIN = 2;
/** Node counts fields, 128 by default, and resets beyond; many small headers are as good as a few large ones, the bytes are bounded. */
const HEADER_FIELDS = 1000;

/** What is kept of one connection. */
interface Session extends Peer {
  open: number;
  /** Streams the client reset unanswered, less those that were answered. */
  resets: number;
}

export function createHttp2(context: IngressContext): Http2 {
  const { forwarder, limits, log, deadlines } = context;
  const sessions = new Map<ServerHttp2Session, Session>();
  const server = createServer({
    maxSessionMemory: limits.sessionMemory,
    maxHeaderListPairs: HEADER_FIELDS,
    settings: {
      maxConcurrentStreams: limits.concurrentStreams,
      initialWindowSize: STREAM_WINDOW,
      maxHeaderListSize: (limits.urlBytes + limits.headerBytes) * HEADER_LIST_MARGIN,
      enablePush: false,
    },
  });

  server.on('session', (session) => {
    const { remoteAddress, remotePort } = session.socket;
    const state: Session = { address: remoteAddress ?? '', port: remotePort ?? 0, open: 0, resets: 0 };
    sessions.set(session, state);
    session.setLocalWindowSize(CONNECTION_WINDOW);
    session.setTimeout(limits.keepAliveTimeout, () => {
      if (state.open === 0) session.close();
    });
    session.on('error', (error) => log.debug({ error: messageOf(error) }, 'an HTTP/2 connection failed'));
    session.on('close', () => sessions.delete(session));
  });
  server.on('sessionError', () => undefined);

  const track = (stream: ServerHttp2Stream, response: Http2Response, state: Session): void => {
    const session = stream.session as ServerHttp2Session | undefined;
    state.open++;
    stream.on('close', () => {
      state.open--;
      if (stream.rstCode === constants.NGHTTP2_NO_ERROR || response.headSent) {
        if (state.resets > 0) state.resets--;
      } else if (++state.resets > limits.streamResets) {
        log.warn(
          { client: state.address },
          'an HTTP/2 client resets streams faster than they are answered; its connection is closed',
        );
        session?.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
      }
    });
  };

  const serve = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: string[]): void => {
    stream.on('error', (error) => log.debug({ error: messageOf(error) }, 'an HTTP/2 stream failed'));
    const state = stream.session && sessions.get(stream.session as ServerHttp2Session);
    if (!state) {
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return;
    }
    const newResponse = () => new Http2Response(stream, log, forwarder.pages, headers.accept);
    const response = newResponse();
    track(stream, response, state);
    const takeBody = (): Http2Body | null => {
      if (stream.endAfterHeaders) return null;
      if (headers['content-length'] === '0') {
        stream.resume();
        return null;
      }
      const body = new Http2Body(stream, deadlines, limits.bodyIdleTimeout, () => {
        const answered = response.headSent;
        response.clientGone();
        body.destroy(new Error('the client stopped sending its request'));
        if (answered) stream.close(constants.NGHTTP2_CANCEL);
        // The request has its record: it was handed on.
        else refuse(new Refusal(edgeError('request_timeout')), '');
      });
      return body;
    };
    const refuse = (refusal: Refusal, ray: string): void => {
      log.debug({ status: refusal.error.status, detail: refusal.error.detail }, 'a request was refused');
      answerRefusal(refusal, newResponse(), forwarder.pages, { accept: headers.accept, ray });
    };
    // A stream whose end nobody reads never closes.
    if (stream.endAfterHeaders) stream.resume();
    const request = readHttp2Request(headers, raw, state, takeBody, context);
    if (request === SERVER_OPTIONS) answerServerOptions(response);
    else if (request instanceof Refusal) {
      const ray = recordRefusal(request, context, {
        method: headers[':method'] ?? '',
        scheme: 'https',
        host: headers[':authority'] ?? headers.host ?? '',
        path: headers[':path'] ?? '',
        httpVersion: '2',
        clientIp: state.address,
        port: state.port,
      });
      refuse(request, ray);
    } else forwarder.handle(request, response);
  };
  server.on('stream', serve);

  return {
    accept(socket) {
      server.emit('connection', socket);
    },
    leave() {
      for (const session of sessions.keys()) session.close();
    },
  };
}
