import { decode, encode, type OptAnswer, type Packet } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Answer, type AnsweredRecord, type Asked, REFUSED } from './dns.types.js';
import { MAX_QUERY, respond } from './message.js';

const ADDRESS: AnsweredRecord = { type: 'A', name: 'app.example.com', ttl: 5, data: '192.0.2.1' };
const yes = (): Answer => ({ rcode: 'NOERROR', records: [ADDRESS] });
const many = (): Answer => ({ rcode: 'NOERROR', records: Array<AnsweredRecord>(60).fill(ADDRESS) });

function query(packet: Packet = {}): Buffer {
  return encode({
    type: 'query',
    id: 4660,
    questions: [{ name: 'App.Example.com', type: 'A', class: 'IN' }],
    ...packet,
  });
}

function withEdns(edns: Partial<OptAnswer>): Buffer {
  const opt = { type: 'OPT', name: '.', udpPayloadSize: 4096, extendedRcode: 0, ednsVersion: 0, flags: 0, options: [] };
  return query({ additionals: [{ ...opt, ...edns } as OptAnswer] });
}

/** The reply, with its code. */
function reply(message: Buffer, answer: (asked: Asked) => Answer = yes, transport: 'udp' | 'tcp' = 'udp') {
  const bytes = respond(message, transport, answer);
  if (!bytes) throw new Error('no reply');
  return { ...decode(bytes), rcode: bytes.readUInt16BE(2) & 0xf, length: bytes.length };
}

describe('a query', () => {
  test('is answered with its own id and question, as it was written, and with authority', () => {
    const asked: Asked[] = [];
    const { questions, ...rest } = reply(query({ flags: 0x100 }), (question) => {
      asked.push(question);
      return yes();
    });
    expect(asked).toEqual([{ name: 'app.example.com', type: 'A' }]);
    expect(questions).toEqual([{ name: 'App.Example.com', type: 'A', class: 'IN' }]);
    expect(rest).toMatchObject({ id: 4660, flag_qr: true, flag_aa: true, flag_rd: true, flag_ra: false, rcode: 0 });
    expect(rest.answers).toMatchObject([{ name: 'app.example.com', ttl: 5, data: '192.0.2.1' }]);
  });

  test('for what others know is refused without authority', () => {
    expect(reply(query(), () => REFUSED)).toMatchObject({ rcode: 5, flag_aa: false, answers: [] });
  });

  test('of another class, kind or version is refused by its code', () => {
    expect(reply(query({ questions: [{ name: 'a.test', type: 'A', class: 'CH' }] })).rcode).toBe(5);
    expect(reply(query({ flags: 0x2800 })).rcode).toBe(4);
    const version = reply(withEdns({ ednsVersion: 1 }));
    const [option] = (version.additionals ?? []) as OptAnswer[];
    expect([version.rcode, option?.extendedRcode]).toEqual([0, 1]);
  });

  test('without a question, with two, or with a name that is none, is malformed', () => {
    const question = { name: 'a.test', type: 'A', class: 'IN' } as const;
    expect(reply(query({ questions: [] })).rcode).toBe(1);
    expect(reply(query({ questions: [question, question] })).rcode).toBe(1);
    expect(reply(query({ questions: [{ ...question, name: 'a b.test' }] })).rcode).toBe(1);
  });
});

describe('an answer that is too long', () => {
  test('by UDP is empty and says so: 512 bytes, or what is asked for up to 1232', () => {
    expect(reply(query(), many)).toMatchObject({ flag_tc: true, answers: [] });
    expect(reply(withEdns({ udpPayloadSize: 4096 }), many)).toMatchObject({ flag_tc: true, answers: [] });
    const some = (): Answer => ({ rcode: 'NOERROR', records: many().records.slice(0, 20) });
    expect(reply(query(), some).flag_tc).toBe(true);
    const wide = reply(withEdns({ udpPayloadSize: 1000 }), some);
    expect(wide.flag_tc).toBe(false);
    expect(wide.answers).toHaveLength(20);
  });

  test('by TCP is whole', () => {
    expect(reply(query(), many, 'tcp').answers).toHaveLength(60);
  });
});

describe('what is no query gets no answer', () => {
  test.each([
    ['an answer', encode({ type: 'response', id: 1, questions: [{ name: 'a.test', type: 'A' }] })],
    ['a part of a header', query().subarray(0, 11)],
    ['a part of a question', query().subarray(0, 20)],
    ['a name that points to itself', Buffer.from('00010100000100000000000' + '0c00c00010001', 'hex')],
    ['more than a query needs', Buffer.concat([query(), Buffer.alloc(MAX_QUERY)])],
  ])('%s', (_what, message) => {
    expect(respond(message, 'tcp', yes)).toBeUndefined();
  });
});

/** Queries as they are, and with some of their bytes changed: what gets far into the decoder. */
const almostQuery = fc
  .tuple(
    fc.constantFrom(query(), withEdns({}), query({ flags: 0x100, answers: [{ ...ADDRESS, class: 'IN' }] })),
    fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 6 }),
    fc.nat(200),
  )
  .map(([message, changes, length]) => {
    const bytes = Buffer.from(message);
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    return bytes.subarray(0, length);
  });

test('whatever comes, nothing is thrown, and a reply is an answer to it that others can read', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        almostQuery,
        fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
      ),
      fc.constantFrom('udp', 'tcp'),
      (message, transport) => {
        const bytes = respond(message, transport, many);
        if (!bytes) return;
        const { id, flag_qr } = decode(bytes);
        expect([id, flag_qr]).toEqual([message.readUInt16BE(0), true]);
        if (transport === 'udp') expect(bytes.length).toBeLessThanOrEqual(1232);
      },
    ),
    { numRuns: 3000 },
  );
});
