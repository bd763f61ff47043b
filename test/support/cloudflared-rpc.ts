import { bytes, message, type Node, NULL, type Received, read, struct, text } from './capnp.js';

/** cloudflared's side of the registration protocol, message by message (docs/reference/cloudflared-wire.md 3). */

const REGISTRATION_SERVER = 0xf71695ec7fe85497n;

export interface Registration {
  readonly accountTag: string;
  readonly secret: Buffer;
  /** UUIDs. */
  readonly tunnelId: string;
  readonly connectorId: string;
  readonly index: number;
  readonly replaceExisting?: boolean;
  readonly version?: string;
}

/** Where a call goes: the promise of the bootstrap's answer, or the capability that it gave. */
export type Target = { readonly answer: number } | { readonly capability: number };

/** `which` of the union of all messages, and the body it leads to. */
function rpc(which: number, body: Node): Buffer {
  const data = Buffer.alloc(8);
  data.writeUInt16LE(which, 0);
  return message(struct(data, body));
}

export function bootstrap(question: number): Buffer {
  const data = Buffer.alloc(8);
  data.writeUInt32LE(question, 0);
  return rpc(8, struct(data, NULL));
}

export function finish(question: number): Buffer {
  const data = Buffer.alloc(8);
  data.writeUInt32LE(question, 0);
  return rpc(4, struct(data));
}

export function release(capability: number): Buffer {
  const data = Buffer.alloc(8);
  data.writeUInt32LE(capability, 0);
  data.writeUInt32LE(1, 4);
  return rpc(6, struct(data));
}

export function abort(reason: string): Buffer {
  return rpc(1, struct(Buffer.alloc(8), text(reason)));
}

/** A message that the edge does not implement. */
export function disembargo(): Buffer {
  return rpc(13, struct(Buffer.alloc(8), NULL));
}

export function call(
  question: number,
  method: number,
  target: Target,
  params: Node,
  interfaceId = REGISTRATION_SERVER,
): Buffer {
  const data = Buffer.alloc(24);
  data.writeUInt32LE(question, 0);
  data.writeUInt16LE(method, 4);
  data.writeBigUInt64LE(interfaceId, 8);
  return rpc(2, struct(data, targetOf(target), struct(Buffer.alloc(0), params, NULL), NULL));
}

function targetOf(target: Target): Node {
  const data = Buffer.alloc(8);
  if ('capability' in target) {
    data.writeUInt32LE(target.capability, 0);
    return struct(data, NULL);
  }
  data.writeUInt16LE(1, 4);
  const promised = Buffer.alloc(8);
  promised.writeUInt32LE(target.answer, 0);
  return struct(data, struct(promised, NULL));
}

export function registerParams(registration: Registration): Node {
  const auth = struct(Buffer.alloc(0), text(registration.accountTag), bytes(registration.secret));
  const client = struct(
    Buffer.alloc(0),
    bytes(uuid(registration.connectorId)),
    NULL,
    text(registration.version ?? '2026.8.2'),
    text('linux_amd64'),
  );
  const options = struct(Buffer.from([registration.replaceExisting ? 1 : 0]), client, bytes(Buffer.alloc(16)));
  return struct(Buffer.from([registration.index]), auth, bytes(uuid(registration.tunnelId)), options);
}

export const NO_PARAMS: Node = struct(Buffer.alloc(0));

export function localConfigurationParams(json: string): Node {
  return struct(Buffer.alloc(0), bytes(Buffer.from(json)));
}

function uuid(textual: string): Buffer {
  return Buffer.from(textual.replaceAll('-', ''), 'hex');
}

export type Answer =
  | { readonly kind: 'capability'; readonly question: number; readonly export: number }
  | { readonly kind: 'results'; readonly question: number; readonly results: Received }
  | { readonly kind: 'exception'; readonly question: number; readonly reason: string; readonly type: number }
  | { readonly kind: 'unimplemented'; readonly message: Received };

/** What the edge sent. */
export function readAnswer(whole: Buffer): Answer {
  const root = read(whole);
  const which = root.data.readUInt16LE(0);
  if (which === 0) return { kind: 'unimplemented', message: root.struct(0) };
  if (which !== 3) throw new Error(`a message of kind ${which} from the edge`);
  const returned = root.struct(0);
  const question = returned.data.readUInt32LE(0);
  if (returned.data.readUInt16LE(6) === 1) {
    const exception = returned.struct(0);
    return { kind: 'exception', question, reason: exception.text(0), type: exception.data.readUInt16LE(4) };
  }
  const payload = returned.struct(0);
  const content = payload.raw(0);
  // The lowest two bits of a capability pointer, which is an index of the table.
  if ((content.readUInt8(0) & 3) !== 3) return { kind: 'results', question, results: payload.struct(0) };
  const descriptor = payload.first(1);
  if (descriptor.data.readUInt16LE(0) !== 1) throw new Error('the capability is not senderHosted');
  return { kind: 'capability', question, export: descriptor.data.readUInt32LE(4) };
}

export type RegistrationAnswer =
  | { readonly ok: true; readonly id: string; readonly location: string; readonly remotelyManaged: boolean }
  | { readonly ok: false; readonly cause: string; readonly retryAfter: bigint; readonly shouldRetry: boolean };

export function readRegistration(results: Received): RegistrationAnswer {
  const response = results.struct(0);
  const inner = response.struct(0);
  if (response.data.readUInt16LE(0) === 0) {
    return {
      ok: false,
      cause: inner.text(0),
      retryAfter: inner.data.readBigInt64LE(0),
      shouldRetry: (inner.data.readUInt8(8) & 1) === 1,
    };
  }
  return {
    ok: true,
    id: inner.bytes(0).toString('hex'),
    location: inner.text(1),
    remotelyManaged: (inner.data.readUInt8(0) & 1) === 1,
  };
}
