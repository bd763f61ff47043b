import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  abort,
  bootstrap,
  call,
  disembargo,
  finish,
  localConfigurationParams,
  NO_PARAMS,
  readAnswer,
  readRegistration,
  registerParams,
  release,
} from '../../../test/support/cloudflared-rpc.js';
import { RECORDED } from './recorded.fixture.js';
import type { RegistrationRequest, RegistrationResult } from './registration.types.js';
import { RpcServer } from './rpc.js';

const UUID = '11112222-3333-4444-5555-666677778888';
const REGISTRATION = {
  accountTag: 'a'.repeat(32),
  secret: Buffer.from('secret'),
  tunnelId: UUID,
  connectorId: UUID,
  index: 3,
};

function serve(result: RegistrationResult = { ok: true, id: UUID, locationName: 'NRT01', remotelyManaged: true }) {
  const heard: (RegistrationRequest | string)[] = [];
  const server = new RpcServer({
    register(request) {
      heard.push(request);
      return result;
    },
    unregister: () => void heard.push('unregister'),
    updateLocalConfiguration: (config) => void heard.push(config.toString()),
  });
  const say = (message: Buffer) => {
    const answer = server.receive(message);
    return answer && readAnswer(Buffer.from(answer));
  };
  return { heard, say };
}

describe('what cloudflared 2026.8.2 sent', () => {
  test('is understood from the bootstrap to the abort', () => {
    const { heard, say } = serve();
    expect(say(RECORDED.bootstrap)).toEqual({ kind: 'capability', question: 0, export: 0 });
    const registered = say(RECORDED.registerConnection);
    expect(registered).toMatchObject({ kind: 'results', question: 1 });
    expect(registered?.kind === 'results' && readRegistration(registered.results)).toEqual({
      ok: true,
      id: UUID.replaceAll('-', ''),
      location: 'NRT01',
      remotelyManaged: true,
    });
    expect(say(RECORDED.finishBootstrap)).toBeUndefined();
    expect(say(RECORDED.finishCall)).toBeUndefined();
    expect(say(RECORDED.updateLocalConfiguration)).toMatchObject({ kind: 'results', question: 1 });
    expect(say(RECORDED.finishCall)).toBeUndefined();
    expect(say(RECORDED.unregisterConnection)).toMatchObject({ kind: 'results', question: 1 });
    expect(() => say(RECORDED.abort)).toThrow('rpc: shutdown');
    expect(heard).toEqual([
      {
        accountTag: 'c8726b97205a4be0a8e32ef315dfaefe',
        secret: Buffer.from('secret of the process tests, no other').toString('base64'),
        tunnelId: '296186a4-3c4e-815b-8fe9-a9674b162c5d',
        connectorId: '9f2b4459-2cd9-4cc2-8da2-63fd18848cbd',
        index: 0,
        version: '2026.8.2',
        arch: 'linux_amd64',
        features: [
          'management_logs',
          'allow_remote_config',
          'serialized_headers',
          'support_datagram_v2',
          'support_quic_eof',
        ],
        replaceExisting: false,
      },
      expect.stringContaining('"ingress":[{"service":"http://127.0.0.1:19101"'),
      'unregister',
    ]);
  });
});

describe('a call', () => {
  test('is taken on the promise of the bootstrap and on the capability', () => {
    const { heard, say } = serve();
    say(bootstrap(7));
    expect(say(call(8, 1, { answer: 7 }, NO_PARAMS))).toMatchObject({ kind: 'results', question: 8 });
    expect(say(call(9, 1, { capability: 0 }, NO_PARAMS))).toMatchObject({ kind: 'results', question: 9 });
    say(release(0));
    expect(heard).toEqual(['unregister', 'unregister']);
  });

  test.each([
    ['another capability', call(1, 1, { capability: 5 }, NO_PARAMS)],
    ['an answer that is none', call(1, 1, { answer: 5 }, NO_PARAMS)],
    ['a method that there is not', call(1, 9, { answer: 0 }, NO_PARAMS)],
    ['another interface', call(1, 1, { answer: 0 }, NO_PARAMS, 1n)],
  ])('of %s is an exception: unimplemented', (_what, message) => {
    const { heard, say } = serve();
    say(bootstrap(0));
    expect(say(message)).toMatchObject({ kind: 'exception', question: 1, type: 3 });
    expect(heard).toEqual([]);
  });

  test('with ids that are no UUIDs is an exception, and the next one is heard', () => {
    const { heard, say } = serve();
    say(bootstrap(0));
    const params = registerParams({ ...REGISTRATION, tunnelId: 'abcd' });
    expect(say(call(1, 0, { answer: 0 }, params))).toMatchObject({ kind: 'exception', type: 0 });
    expect(say(call(2, 0, { answer: 0 }, registerParams(REGISTRATION)))).toMatchObject({ kind: 'results' });
    expect(heard).toHaveLength(1);
  });

  test.each([
    [true, 1_000_000_000n],
    [false, 0n],
  ])('that is refused says why, and whether to come again: %s', (retry, retryAfter) => {
    const { say } = serve({ ok: false, cause: 'not now', retry });
    say(bootstrap(0));
    const answer = say(call(1, 0, { answer: 0 }, registerParams(REGISTRATION)));
    expect(answer?.kind === 'results' && readRegistration(answer.results)).toEqual({
      ok: false,
      cause: 'not now',
      retryAfter,
      shouldRetry: retry,
    });
  });

  test('carries a local configuration of any size that a message may have', () => {
    const { heard, say } = serve();
    say(bootstrap(0));
    const json = JSON.stringify({ ingress: [{ service: 'x'.repeat(500_000) }] });
    say(call(1, 2, { capability: 0 }, localConfigurationParams(json)));
    expect(heard).toEqual([json]);
  });
});

describe('a peer that goes on and on', () => {
  test('cannot keep more answers than are bounded', () => {
    const { say } = serve();
    for (let question = 0; question < 64; question++) say(bootstrap(question));
    expect(() => say(bootstrap(64))).toThrow('not finished');
  });

  test('may ask as often as it finishes', () => {
    const { say } = serve();
    for (let question = 0; question < 1000; question++) {
      say(bootstrap(question));
      say(finish(question));
    }
  });

  test('cannot ask one question twice', () => {
    const { say } = serve();
    say(bootstrap(1));
    expect(() => say(bootstrap(1))).toThrow('twice');
  });

  test('gets what is not implemented said back', () => {
    const { say } = serve();
    const answer = say(disembargo());
    expect(answer?.kind).toBe('unimplemented');
    expect(answer?.kind === 'unimplemented' && answer.message.data.readUInt16LE(0)).toBe(13);
  });

  test('is let go when it aborts', () => {
    expect(() => serve().say(abort('enough'))).toThrow('enough');
  });
});

describe('broken messages', () => {
  test('end the stream with an error, or are understood; never more', () => {
    const messages = Object.values(RECORDED);
    fc.assert(
      fc.property(
        fc.nat({ max: messages.length - 1 }),
        fc.array(fc.tuple(fc.nat({ max: 700 }), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 }),
        (which, changes) => {
          const { say } = serve();
          say(RECORDED.bootstrap);
          const message = Buffer.from(messages[which] as Buffer);
          // The table stays whole: it has been checked before.
          for (const [at, byte] of changes) if (at >= 8 && at < message.length) message[at] = byte;
          try {
            say(message);
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});
