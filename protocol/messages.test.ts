import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_HEAD_BYTES, ProtocolError } from './frames.js';
import {
  decodeConfig,
  decodeConfigAck,
  decodeGoaway,
  decodeHead,
  decodeLocalConfig,
  decodeOpen,
  decodeRegister,
  decodeRegistered,
  decodeReset,
  decodeTrailers,
  encodeJson,
  encodeReset,
  encodeTrailers,
  fitsHead,
  ResetCause,
} from './messages.js';

const http = {
  kind: 'http',
  method: 'GET',
  path: '/a?b=c',
  scheme: 'https',
  authority: 'app.example.com',
  headers: ['Accept', '*/*', 'X-Latin', 'caf\u00e9'],
} as const;
const register = { connector_id: 'id', index: 3, version: '1', arch: 'linux_amd64', location: 'NRT', features: ['a'] };

const DECODERS: readonly (readonly [string, (payload: Buffer) => unknown])[] = [
  ['OPEN', decodeOpen],
  ['HEAD', decodeHead],
  ['END', decodeTrailers],
  ['REGISTER', decodeRegister],
  ['REGISTERED', decodeRegistered],
  ['CONFIG', decodeConfig],
  ['CONFIG_ACK', decodeConfigAck],
  ['GOAWAY', decodeGoaway],
  ['LOCAL_CONFIG', decodeLocalConfig],
  ['RESET', decodeReset],
];

describe('messages', () => {
  test.each<[string, (payload: Buffer) => unknown, object]>([
    ['OPEN http', decodeOpen, http],
    ['OPEN upgrade', decodeOpen, { ...http, kind: 'upgrade' }],
    ['OPEN tcp', decodeOpen, { kind: 'tcp', ip: '10.0.0.1', port: 22 }],
    ['HEAD', decodeHead, { status: 200, headers: ['A', 'b'], source: 'origin' }],
    ['HEAD of an upgrade', decodeHead, { status: 101, headers: [], source: 'connector' }],
    ['REGISTER', decodeRegister, register],
    ['REGISTERED', decodeRegistered, { connection_id: 'c', data_center: 'NRT', config_src: 'local' }],
    ['REGISTERED', decodeRegistered, { connection_id: 'c', data_center: 'NRT', config_src: 'local', tunnel: 'app' }],
    ['CONFIG', decodeConfig, { serial: 1, version: 2, config: { ingress: [] }, networks: ['10.0.0.0/8'] }],
    ['CONFIG without a document', decodeConfig, { serial: 1, version: 0, config: null, networks: [] }],
    ['CONFIG_ACK', decodeConfigAck, { serial: 1, version: 2, error: 'no' }],
    ['GOAWAY', decodeGoaway, { reason: 'restart', retry: true }],
  ])('%s comes back as it was sent', (_, decode, message) => {
    expect(decode(encodeJson(message))).toEqual(message);
  });

  test('REGISTER without a location has none', () => {
    const { location: _, ...rest } = register;
    expect(decodeRegister(encodeJson(rest))).toEqual(rest);
  });

  test('a local configuration comes back, an absent one is null', () => {
    expect(decodeLocalConfig(encodeJson({ config: { ingress: [] } }))).toEqual({ ingress: [] });
    expect(decodeLocalConfig(encodeJson({}))).toBeNull();
  });

  test.each(Object.entries(ResetCause))(
    'RESET %s carries its cause, whether anything was sent, and a sentence',
    (_, cause) => {
      const reset = { cause, unsent: cause % 2 === 0, detail: 'connecting to 127.0.0.1:1 failed' };
      expect(decodeReset(encodeReset(reset))).toEqual(reset);
    },
  );

  test('a RESET cause of a later version is an internal one', () => {
    expect(decodeReset(Buffer.from([200, 1])).cause).toBe(ResetCause.INTERNAL);
  });

  test('a long RESET detail is cut so that the frame stays within its limit', () => {
    const detail = '\u20ac'.repeat(5000);
    expect(encodeReset({ cause: ResetCause.TLS, unsent: false, detail }).length).toBeLessThanOrEqual(1024);
  });

  test('no trailers are an empty payload', () => {
    expect(encodeTrailers([])).toHaveLength(0);
    expect(decodeTrailers(Buffer.alloc(0))).toEqual([]);
    expect(decodeTrailers(encodeTrailers(['X-Sum', '1']))).toEqual(['X-Sum', '1']);
  });

  test.each<[string, (payload: Buffer) => unknown, object, string]>([
    ['an unknown kind', decodeOpen, { ...http, kind: 'udp' }, 'unknown kind "udp"'],
    [
      'a port over 65535',
      decodeOpen,
      { kind: 'tcp', ip: '10.0.0.1', port: 65_536 },
      'port is not an integer in 0..65535',
    ],
    ['a method that is not text', decodeOpen, { ...http, method: 1 }, 'method is not a string'],
    ['another scheme', decodeOpen, { ...http, scheme: 'ftp' }, 'scheme is neither http nor https'],
    ['half a header', decodeOpen, { ...http, headers: ['A'] }, 'odd number of header items'],
    [
      'headers that are not text',
      decodeHead,
      { status: 200, headers: ['A', 1], source: 'origin' },
      'something other than strings',
    ],
    ['an interim status', decodeHead, { status: 103, headers: [], source: 'origin' }, '103 is not a final status'],
    [
      'a status of four digits',
      decodeHead,
      { status: 1000, headers: [], source: 'origin' },
      'status is not an integer',
    ],
    [
      'an unknown source',
      decodeHead,
      { status: 200, headers: [], source: 'cache' },
      'source is neither origin nor connector',
    ],
    ['an index over 15', decodeRegister, { ...register, index: 16 }, 'index is not an integer in 0..15'],
    [
      'a fraction as serial',
      decodeConfig,
      { serial: 1.5, version: 1, config: null, networks: [] },
      'serial is not an integer',
    ],
    [
      'networks that are no list',
      decodeConfig,
      { serial: 1, version: 1, config: null, networks: '10.0.0.0/8' },
      'networks is not a list',
    ],
    [
      'an unknown config_src',
      decodeRegistered,
      { connection_id: 'c', data_center: 'NRT', config_src: 'x' },
      'unknown config_src',
    ],
  ])('%s is refused', (_, decode, message, words) => {
    expect(() => decode(encodeJson(message))).toThrow(ProtocolError);
    expect(() => decode(encodeJson(message))).toThrow(words);
  });

  test.each(DECODERS)('%s: bytes that are not its message are a ProtocolError and nothing else', (_, decode) => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 100 }).map((each) => Buffer.from(each)),
      fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
    );
    fc.assert(
      fc.property(bytes, (payload) => {
        try {
          decode(payload);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
    );
  });

  test('a head fits as long as its frame may be', () => {
    expect(fitsHead(Buffer.alloc(MAX_HEAD_BYTES))).toBe(true);
    expect(fitsHead(Buffer.alloc(MAX_HEAD_BYTES + 1))).toBe(false);
  });
});
