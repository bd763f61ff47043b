import { constants } from 'node:http2';
import { type Duplex, PassThrough } from 'node:stream';
import { FailureError, type ResponseHead, type UpgradeResult } from '../connection.js';
import { BodyDuplex } from './duplex.js';
import { responseHead } from './headers.js';
import type { OpenedStream } from './streams.js';

/** Waits for the head of the answer, which decides what the stream becomes. Fails with {@link FailureError}. */
export function answerOf(opened: OpenedStream, signal: AbortSignal): Promise<ResponseHead> {
  const { stream } = opened;
  return new Promise((resolve, reject) => {
    const cancel = (): void => {
      stream.close(constants.NGHTTP2_CANCEL);
      reject(new FailureError({ kind: 'aborted', detail: 'given up before the connector answered', unsent: true }));
    };
    stream.on('close', () => {
      signal.removeEventListener('abort', cancel);
      reject(new FailureError(opened.failure()));
    });
    stream.on('response', (headers) => {
      signal.removeEventListener('abort', cancel);
      resolve(responseHead(headers));
    });
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
  });
}

/**
 * What came of an upgrade: 200 stands in place of 101, and the 101's own headers come with it. A 200 without them is
 * the origin's answer to somebody who asked for another protocol (docs/reference/cloudflared-wire.md 4).
 */
export function upgradeResult(opened: OpenedStream, head: ResponseHead): UpgradeResult {
  if (head.status === 200 && switches(head.headers)) {
    return { accepted: true, head: { ...head, status: 101 }, stream: new BodyDuplex(opened) };
  }
  return { accepted: false, head, body: bodyOf(new BodyDuplex(opened)) };
}

/** Only what comes: the other direction ends. */
function bodyOf(duplex: Duplex): PassThrough {
  const body = new PassThrough();
  // As on the stream itself: nobody may be listening yet.
  body.on('error', () => undefined);
  duplex.pipe(body);
  duplex.on('error', (error) => body.destroy(error));
  body.on('close', () => duplex.destroy());
  duplex.end();
  return body;
}

function switches(headers: readonly string[]): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    if (name === 'sec-websocket-accept' || name === 'upgrade') return true;
  }
  return false;
}
