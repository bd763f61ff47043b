import { describe, expect, test } from 'vitest';
import { decodeFrames, encodeFrame, FrameType, MAX_DATA_BYTES, MAX_HEAD_BYTES, type ProtocolError } from './frames.js';
import {
  encodeJson,
  encodeReset,
  type HeadMessage,
  type OpenMessage,
  ResetCause,
  type ResetMessage,
} from './messages.js';
import { DEFAULT_LIMITS, Session, type SessionLimits, writeCredit } from './session.js';
import type { ProtocolStream, StreamHandler } from './stream.js';

const GET: OpenMessage = { kind: 'http', method: 'GET', path: '/', scheme: 'http', authority: 'a', headers: [] };
const HEAD: HeadMessage = { status: 200, headers: [], source: 'origin' };
const LIMITS: SessionLimits = { streams: 4, streamWindow: 1000, connectionWindow: 3000 };

/** Writes down what a stream tells its owner. */
class Recorder implements StreamHandler {
  readonly events: string[] = [];
  readonly resets: ResetMessage[] = [];
  bytes = 0;
  head(head: HeadMessage): void {
    this.events.push(`head ${head.status}`);
  }
  data(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.events.push(`data ${chunk.length}`);
  }
  end(trailers: readonly string[]): void {
    this.events.push(['end', ...trailers].join(' '));
  }
  reset(reset: ResetMessage): void {
    this.resets.push(reset);
    this.events.push(`reset ${reset.cause}`);
  }
  drain(): void {
    this.events.push('drain');
  }
}

/** One session whose peer is the test. */
function lone(role: 'edge' | 'connector', limits: SessionLimits = LIMITS) {
  const sent: { type: FrameType; stream: number; payload: Buffer }[] = [];
  let messages = 0;
  let deferred: (() => void)[] = [];
  const closed: string[] = [];
  const violations: ProtocolError[] = [];
  const failures: unknown[] = [];
  const opened: { stream: ProtocolStream; message: OpenMessage; events: Recorder }[] = [];
  const controls: FrameType[] = [];
  const session = new Session(
    role,
    {
      send(message) {
        messages++;
        decodeFrames(message, (type, stream, payload) => sent.push({ type, stream, payload }));
      },
      close: (reason) => closed.push(reason),
      defer: (flush) => deferred.push(flush),
    },
    {
      open(stream, message) {
        const events = new Recorder();
        opened.push({ stream, message, events });
        return events;
      },
      control: (type) => controls.push(type),
      violation: (error) => violations.push(error),
      failed: (error) => failures.push(error),
    },
    limits,
  );
  return {
    session,
    sent,
    closed,
    violations,
    failures,
    opened,
    controls,
    get messages() {
      return messages;
    },
    turn() {
      const due = deferred;
      deferred = [];
      for (const flush of due) flush();
    },
    give(...frames: Buffer[]) {
      session.receive(Buffer.concat(frames));
    },
    types: () => sent.map((frame) => frame.type),
  };
}

const open = (id: number) => encodeFrame(FrameType.OPEN, id, encodeJson(GET));
const head = (id: number) => encodeFrame(FrameType.HEAD, id, encodeJson(HEAD));
const data = (id: number, bytes: number) => encodeFrame(FrameType.DATA, id, Buffer.alloc(bytes));
const end = (id: number) => encodeFrame(FrameType.END, id, Buffer.alloc(0));
const credit = (id: number, bytes: number) => encodeFrame(FrameType.WINDOW, id, writeCredit(bytes));

/** An edge with one open stream. */
function edgeWithStream() {
  const side = lone('edge');
  const events = new Recorder();
  const stream = side.session.open(GET, events);
  side.turn();
  return { ...side, side, events, stream };
}

describe('a session', () => {
  test('sends everything of one turn in one message', () => {
    const side = lone('edge');
    const stream = side.session.open(GET, new Recorder());
    stream.write(Buffer.from('abc'));
    stream.end();
    expect(side.messages).toBe(0);
    side.turn();
    expect(side.messages).toBe(1);
    expect(side.types()).toEqual([FrameType.OPEN, FrameType.DATA, FrameType.END]);
  });

  test('does not wait for the end of the turn once a batch is large', () => {
    const side = lone('edge', DEFAULT_LIMITS);
    const stream = side.session.open(GET, new Recorder());
    stream.write(Buffer.alloc(200 * 1024));
    expect(side.messages).toBeGreaterThan(1);
  });

  test('cuts data into frames of at most 16 KiB', () => {
    const side = lone('edge', DEFAULT_LIMITS);
    side.session.open(GET, new Recorder()).write(Buffer.alloc(MAX_DATA_BYTES + 1));
    side.turn();
    expect(side.sent.slice(1).map((frame) => frame.payload.length)).toEqual([MAX_DATA_BYTES, 1]);
  });

  test('passes head, data and end with trailers on, then forgets the stream', () => {
    const { side, events, stream } = edgeWithStream();
    stream.end();
    side.give(head(1), data(1, 10), encodeFrame(FrameType.END, 1, encodeJson({ headers: ['X-Sum', '1'] })));
    expect(events.events).toEqual(['head 200', 'data 10', 'end X-Sum 1']);
    expect(side.session.size).toBe(0);
    expect(stream.closed).toBe(true);
  });

  test('keeps the stream while one side still sends', () => {
    const { side, stream } = edgeWithStream();
    side.give(head(1), end(1));
    expect(side.session.size).toBe(1);
    stream.write(Buffer.from('still here'));
    stream.end();
    side.turn();
    expect(side.types().slice(-2)).toEqual([FrameType.DATA, FrameType.END]);
    expect(side.session.size).toBe(0);
  });

  test('hands a stream of the edge to the connector', () => {
    const side = lone('connector');
    side.give(open(1), data(1, 5), end(1));
    expect(side.opened[0]?.message).toEqual(GET);
    expect(side.opened[0]?.events.events).toEqual(['data 5', 'end']);
  });

  test('holds back what the window of the stream does not allow, and says when it is through', () => {
    const { side, stream, events } = edgeWithStream();
    expect(stream.write(Buffer.alloc(1000))).toBe(true);
    expect(stream.write(Buffer.alloc(500))).toBe(false);
    expect(stream.backlog).toBe(500);
    side.give(credit(1, 499));
    expect(events.events).toEqual([]);
    side.give(credit(1, 1));
    expect(events.events).toEqual(['drain']);
    expect(stream.backlog).toBe(0);
  });

  test('ends only after what waits has been sent', () => {
    const { side, stream } = edgeWithStream();
    stream.write(Buffer.alloc(1200));
    stream.end();
    side.turn();
    expect(side.types()).not.toContain(FrameType.END);
    side.give(credit(1, 1000));
    side.turn();
    expect(side.types().slice(-2)).toEqual([FrameType.DATA, FrameType.END]);
  });

  test('gives every stream a turn when the window of the connection is used up', () => {
    const side = lone('edge');
    const streams = [1, 2, 3, 4].map(() => side.session.open(GET, new Recorder()));
    for (const stream of streams) stream.write(Buffer.alloc(1000));
    side.turn();
    expect(streams.map((stream) => stream.backlog)).toEqual([0, 0, 0, 1000]);
    side.give(credit(0, 600));
    expect(streams[3]?.backlog).toBe(400);
    side.give(credit(0, 400));
    expect(streams[3]?.backlog).toBe(0);
  });

  test('returns credit once half a window has been taken', () => {
    const side = lone('connector');
    side.give(open(1), data(1, 600));
    const stream = side.opened[0]?.stream;
    stream?.consumed(499);
    side.turn();
    expect(side.types()).toEqual([]);
    stream?.consumed(101);
    side.turn();
    expect(side.sent.map((frame) => [frame.type, frame.stream, frame.payload.readUInt32BE(0)])).toEqual([
      [FrameType.WINDOW, 1, 600],
    ]);
  });

  test('returns the credit of the connection for what was still held when a stream is given up', () => {
    const side = lone('connector');
    side.give(open(1), data(1, 1000), open(2), data(2, 600));
    side.opened[0]?.stream.reset(ResetCause.REFUSED, 'no');
    side.opened[1]?.stream.reset(ResetCause.REFUSED, 'no');
    side.turn();
    const returned = side.sent.filter((frame) => frame.type === FrameType.WINDOW && frame.stream === 0);
    expect(returned.map((frame) => frame.payload.readUInt32BE(0))).toEqual([1600]);
  });

  test('says nothing more to an owner who gave its stream up', () => {
    const { side, stream, events } = edgeWithStream();
    stream.reset(ResetCause.CANCELLED, 'the client went away');
    side.give(
      head(1),
      data(1, 10),
      end(1),
      encodeFrame(FrameType.RESET, 1, encodeReset({ cause: 2, unsent: true, detail: '' })),
    );
    expect(events.events).toEqual([]);
    expect(stream.write(Buffer.from('x'))).toBe(false);
    expect(side.closed).toEqual([]);
  });

  test('tells an owner why the other side gave its stream up', () => {
    const { side, events } = edgeWithStream();
    const reset = { cause: ResetCause.REFUSED, unsent: true, detail: 'connecting failed' };
    side.give(encodeFrame(FrameType.RESET, 1, encodeReset(reset)));
    expect(events.resets).toEqual([reset]);
    expect(side.session.size).toBe(0);
  });

  test('refuses streams over the limit and goes on', () => {
    const side = lone('connector');
    side.give(open(1), open(2), open(3), open(4), open(5));
    side.turn();
    expect(side.opened).toHaveLength(4);
    expect(side.sent.map((frame) => [frame.type, frame.stream, frame.payload[0], frame.payload[1]])).toEqual([
      [FrameType.RESET, 5, ResetCause.STREAM_REFUSED, 1],
    ]);
    expect(side.session.closed).toBe(false);
  });

  test('a head too large for a frame resets its stream and nothing else', () => {
    const side = lone('connector');
    side.give(open(1), open(2));
    side.opened[0]?.stream.head({ ...HEAD, headers: ['X-Big', 'x'.repeat(MAX_HEAD_BYTES)] });
    side.turn();
    expect(side.sent.map((frame) => [frame.type, frame.stream, frame.payload[0]])).toEqual([
      [FrameType.RESET, 1, ResetCause.INVALID_RESPONSE],
    ]);
    expect(side.session.size).toBe(1);
  });

  test('passes frames of the connection on', () => {
    const side = lone('connector');
    side.give(encodeFrame(FrameType.CONFIG, 0, Buffer.from('{}')), encodeFrame(FrameType.GOAWAY, 0, Buffer.from('{}')));
    expect(side.controls).toEqual([FrameType.CONFIG, FrameType.GOAWAY]);
  });

  test('fails every stream when the transport is gone', () => {
    const { side, events } = edgeWithStream();
    side.session.lost('cable pulled');
    expect(events.resets).toEqual([{ cause: ResetCause.LOST, unsent: false, detail: 'cable pulled' }]);
    expect(side.session.size).toBe(0);
    side.session.lost('again');
    expect(events.resets).toHaveLength(1);
  });

  test('sends what is waiting before it closes', () => {
    const { side, stream } = edgeWithStream();
    stream.write(Buffer.from('last words'));
    side.session.close('bye');
    expect(side.types().at(-1)).toBe(FrameType.DATA);
    expect(side.closed).toEqual(['bye']);
  });
});

describe('a peer that breaks the protocol loses its connection, with the reason', () => {
  test.each<[string, Buffer[], string]>([
    ['two heads', [head(1), head(1)], 'second HEAD on stream 1'],
    ['data before the head', [data(1, 1)], 'DATA before HEAD on stream 1'],
    ['an end before the head', [end(1)], 'END before HEAD on stream 1'],
    ['data after the end', [head(1), end(1), data(1, 1)], 'DATA after END on stream 1'],
    ['two ends', [head(1), end(1), end(1)], 'second END on stream 1'],
    ['a head after the end', [head(1), end(1), head(1)], 'second HEAD on stream 1'],
    ['a stream that was never opened', [head(2)], 'on stream 2, which was never opened'],
    ['data on a stream that was never opened', [data(7, 1)], 'on stream 7, which was never opened'],
    [
      'a flood beyond the window of the stream',
      [head(1), data(1, 600), data(1, 401)],
      'more data than the window of stream 1 allows',
    ],
    ['a stream opened by the connector', [open(2)], 'OPEN from the connector'],
    ['data on the connection itself', [data(0, 1)], 'on stream 0'],
    ['a reset of the connection itself', [encodeFrame(FrameType.RESET, 0, Buffer.from([1, 0]))], 'on stream 0'],
    ['credit that was never used', [credit(1, 1)], 'more credit on stream 1 than was ever used'],
    ['connection credit that was never used', [credit(0, 1)], 'more connection credit than was ever used'],
    ['credit without a number', [encodeFrame(FrameType.WINDOW, 1, Buffer.alloc(3))], 'WINDOW without a number'],
    ['a reset without a cause', [encodeFrame(FrameType.RESET, 1, Buffer.alloc(0))], 'RESET without a cause'],
    [
      'a registration on a stream',
      [encodeFrame(FrameType.REGISTER, 1, Buffer.from('{}'))],
      'frame of type 1 on stream 1',
    ],
    ['garbage', [Buffer.from('garbage in place of frames')], 'unknown frame type'],
  ])('%s', (_, frames, words) => {
    const { side, events } = edgeWithStream();
    side.give(...frames);
    expect(side.violations[0]?.message).toContain(words);
    expect(side.closed[0]).toContain(words);
    expect(side.session.closed).toBe(true);
    expect(events.resets.at(-1)?.cause).toBe(ResetCause.LOST);
    expect(side.session.size).toBe(0);
  });

  test('a flood beyond the window of the connection, each stream within its own', () => {
    const side = lone('connector');
    side.give(open(1), data(1, 1000), open(2), data(2, 1000), open(3), data(3, 1000), open(4), data(4, 1));
    expect(side.closed[0]).toContain('more data than the connection window allows');
  });

  test('a flood on a stream that was given up counts against the connection', () => {
    const side = lone('connector', { streams: 4, streamWindow: 1000, connectionWindow: 1000 });
    side.give(open(1));
    side.opened[0]?.stream.reset(ResetCause.CANCELLED, '');
    side.give(data(1, 400));
    expect(side.session.closed).toBe(false);
    side.give(data(1, 1001));
    expect(side.session.closed).toBe(true);
  });

  test.each<[string, Buffer[], string]>([
    ['a head from the edge', [open(1), head(1)], 'HEAD from the edge'],
    ['stream ids that do not rise', [open(2), open(1)], 'stream 1 opened after stream 2'],
    ['an OPEN that is not JSON', [encodeFrame(FrameType.OPEN, 1, Buffer.from('{'))], 'OPEN is not JSON'],
  ])('to a connector: %s', (_, frames, words) => {
    const side = lone('connector');
    side.give(...frames);
    expect(side.closed[0]).toContain(words);
  });

  test('nothing is read of what follows in the same message', () => {
    const side = lone('connector');
    side.give(open(2), open(1), open(3));
    expect(side.opened).toHaveLength(1);
  });
});

test('a handler that fails to take the end of its stream keeps it from no other, and the transport is closed', () => {
  const side = lone('connector');
  side.give(open(1), open(2));
  const [first, second] = side.opened;
  const mistake = new Error('a mistake of ours');
  if (first) {
    first.events.reset = () => {
      throw mistake;
    };
  }
  side.session.close('enough');
  expect(side.failures).toEqual([mistake]);
  expect(second?.events.events).toEqual([`reset ${ResetCause.LOST}`]);
  expect(side.closed).toEqual(['enough']);
});
