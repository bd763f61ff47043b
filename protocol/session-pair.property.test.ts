import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFrames, FrameType, ProtocolError } from './frames.js';
import { type OpenMessage, ResetCause, type ResetMessage } from './messages.js';
import { Session, type SessionLimits } from './session.js';
import type { ProtocolStream, StreamHandler } from './stream.js';

const LIMITS: SessionLimits = { streams: 64, streamWindow: 100, connectionWindow: 250 };
const TCP: OpenMessage = { kind: 'tcp', ip: '10.0.0.1', port: 1 };

/** The byte at a position of every stream's data: what arrives out of order or twice does not fit. */
const byteAt = (position: number): number => (position * 31 + 7) & 0xff;

/** One side's end of one stream: writes and checks a known sequence of bytes. */
class End implements StreamHandler {
  stream: ProtocolStream | undefined;
  written = 0;
  received = 0;
  untaken = 0;
  sentEnd = false;
  gotEnd = false;
  over = false;
  lastReset: ResetMessage | undefined;

  head(): void {}
  data(chunk: Buffer): void {
    if (this.over) throw new Error('data after a reset');
    for (const byte of chunk) if (byte !== byteAt(this.received++)) throw new Error('bytes out of order');
    this.untaken += chunk.length;
  }
  end(): void {
    if (this.gotEnd || this.over) throw new Error('second end');
    this.gotEnd = true;
  }
  reset(reset: ResetMessage): void {
    if (this.over) throw new Error('second reset');
    this.over = true;
    this.lastReset = reset;
  }
  drain(): void {}

  write(bytes: number): void {
    if (this.over || this.sentEnd) return;
    this.stream?.write(Buffer.from(Array.from({ length: bytes }, (_, index) => byteAt(this.written + index))));
    this.written += bytes;
  }
  take(bytes: number): void {
    const taken = Math.min(bytes, this.untaken);
    this.untaken -= taken;
    this.stream?.consumed(taken);
  }
  finish(): void {
    if (this.over || this.sentEnd) return;
    this.sentEnd = true;
    this.stream?.end();
  }
  giveUp(): void {
    if (this.over) return;
    this.over = true;
    this.untaken = 0;
    this.stream?.reset(ResetCause.CANCELLED, 'given up');
  }
}

interface Side {
  readonly session: Session;
  readonly ends: End[];
  readonly inbox: Buffer[];
  deferred: (() => void)[];
  /** By stream, 0 for the connection: data on the wire that the other side has not returned credit for. */
  readonly outstanding: Map<number, number>;
}

/** Two sessions and the wires between them; nothing moves until it is told to. */
class Pair {
  readonly problems: string[] = [];
  /** Once bytes were changed on the way: data is taken as it comes. */
  tampered = false;
  readonly edge: Side = this.side('edge');
  readonly connector: Side = this.side('connector');

  private side(role: 'edge' | 'connector'): Side {
    const ends: End[] = [];
    const outstanding = new Map<number, number>();
    const side: Side = {
      ends,
      inbox: [],
      deferred: [],
      outstanding,
      session: new Session(
        role,
        {
          send: (message) => {
            decodeFrames(message, (type, stream, payload) => {
              if (type === FrameType.DATA) this.count(outstanding, stream, payload.length);
            });
            (role === 'edge' ? this.connector : this.edge).inbox.push(message);
          },
          close: (reason) => this.problems.push(`${role} closed: ${reason}`),
          defer: (flush) => side.deferred.push(flush),
        },
        {
          failed: (error) => {
            throw error;
          },
          open: (stream) => {
            const end = new End();
            if (this.tampered) end.data = () => {};
            end.stream = stream;
            ends.push(end);
            stream.head({ status: 200, headers: [], source: 'connector' });
            return end;
          },
          control: () => this.problems.push(`${role} got a control frame`),
        },
        LIMITS,
      ),
    };
    return side;
  }

  private count(outstanding: Map<number, number>, stream: number, bytes: number): void {
    for (const [id, window] of [
      [stream, LIMITS.streamWindow],
      [0, LIMITS.connectionWindow],
    ] as const) {
      const now = (outstanding.get(id) ?? 0) + bytes;
      outstanding.set(id, now);
      if (now > window) this.problems.push(`${now} bytes under way on stream ${id}`);
    }
  }

  open(): void {
    const end = new End();
    this.edge.ends.push(end);
    end.stream = this.edge.session.open(TCP, end);
  }

  turn(side: Side): boolean {
    const due = side.deferred;
    side.deferred = [];
    for (const flush of due) flush();
    return due.length > 0;
  }

  deliver(side: Side): boolean {
    const message = side.inbox.shift();
    if (!message) return false;
    decodeFrames(message, (type, stream, payload) => {
      if (type === FrameType.WINDOW)
        side.outstanding.set(stream, (side.outstanding.get(stream) ?? 0) - payload.readUInt32BE(0));
    });
    side.session.receive(message);
    return true;
  }

  /** Everything is delivered, taken and ended. */
  settle(): void {
    const both = [this.edge, this.connector];
    for (const finish of [false, true]) {
      for (let moved = true; moved; ) {
        moved = false;
        for (const side of both) {
          for (const end of side.ends) {
            if (end.untaken > 0) moved = true;
            end.take(end.untaken);
            if (finish) end.finish();
          }
          moved = this.turn(side) || moved;
          while (this.deliver(side)) moved = true;
        }
      }
    }
  }
}

type Step = (pair: Pair) => void;

const sides = fc.constantFrom<'edge' | 'connector'>('edge', 'connector');
const which = fc.nat({ max: 5 });
const onEnd = (act: (end: End, amount: number) => void) =>
  fc.tuple(sides, which, fc.integer({ min: 1, max: 240 })).map<Step>(([side, index, amount]) => (pair) => {
    const end = pair[side].ends[index];
    if (end) act(end, amount);
  });

const steps = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.constant<Step>((pair) => pair.edge.ends.length < 6 && pair.open()) },
    { weight: 6, arbitrary: onEnd((end, amount) => end.write(amount)) },
    { weight: 4, arbitrary: onEnd((end, amount) => end.take(amount)) },
    { weight: 1, arbitrary: onEnd((end) => end.finish()) },
    { weight: 1, arbitrary: onEnd((end) => end.giveUp()) },
    { weight: 6, arbitrary: sides.map<Step>((side) => (pair) => pair.turn(pair[side])) },
    { weight: 6, arbitrary: sides.map<Step>((side) => (pair) => pair.deliver(pair[side])) },
  ),
  { maxLength: 150, size: 'max' },
);

/** A session's account: credit it may use, and credit it owes because less than half a window was taken. */
const accountOf = (session: Session) => session as unknown as { readonly credit: number; readonly taken: number };

describe('two sessions, whatever the order in which they get to act', () => {
  test('all bytes arrive in order, no window is exceeded, nothing is left behind', () => {
    fc.assert(
      fc.property(steps, (program) => {
        const pair = new Pair();
        for (const step of program) step(pair);
        pair.settle();
        expect(pair.problems).toEqual([]);
        expect([pair.edge.session.size, pair.connector.session.size]).toEqual([0, 0]);
        for (const [index, edge] of pair.edge.ends.entries()) {
          const connector = pair.connector.ends[index];
          if (!connector) continue;
          for (const [from, to] of [
            [edge, connector],
            [connector, edge],
          ] as const) {
            expect(to.received).toBeLessThanOrEqual(from.written);
            if (edge.over || connector.over) continue;
            expect(to.received).toBe(from.written);
            expect(to.gotEnd).toBe(true);
          }
        }
        const [edge, connector] = [accountOf(pair.edge.session), accountOf(pair.connector.session)];
        expect(edge.credit + connector.taken).toBe(LIMITS.connectionWindow);
        expect(connector.credit + edge.taken).toBe(LIMITS.connectionWindow);
      }),
      { numRuns: 200 },
    );
  });

  test('a message with flipped bits closes that session at most, and throws nothing', () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(steps, flips, sides, (program, changes, side) => {
        const pair = new Pair();
        for (const step of program) step(pair);
        pair.turn(pair.edge);
        pair.turn(pair.connector);
        const message = pair[side].inbox[0];
        if (!message) return;
        for (const [at, bits] of changes) message[at % message.length] = (message[at % message.length] ?? 0) ^ bits;
        // Changed bytes do not fit their positions: only the session itself is on trial here.
        pair.tampered = true;
        for (const end of pair[side].ends) end.data = () => {};
        pair[side].session.receive(message);
        if (!pair[side].session.closed) return;
        expect(pair[side].session.size).toBe(0);
        expect(pair.problems.filter((problem) => problem.startsWith(`${side} closed`))).toHaveLength(1);
      }),
      { numRuns: 200 },
    );
  });

  test('random bytes close the session with a ProtocolError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (bytes) => {
        const errors: ProtocolError[] = [];
        const session = new Session(
          'connector',
          { send() {}, close() {}, defer() {} },
          {
            open: () => new End(),
            control() {},
            failed: (error) => {
              throw error;
            },
            violation: (error) => errors.push(error),
          },
        );
        session.receive(Buffer.from(bytes));
        if (session.closed) expect(errors[0]).toBeInstanceOf(ProtocolError);
      }),
      { numRuns: 200 },
    );
  });
});
