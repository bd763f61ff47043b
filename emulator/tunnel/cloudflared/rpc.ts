import { Message, type Struct, utils } from 'capnp-es';
import { type Call, Call_SendResultsTo, Exception, type Return, Message as RpcMessage } from 'capnp-es/capnp/rpc';
import { messageOf } from '../../../runtime/errors.js';
import type { RegistrationServer } from './registration.types.js';
import {
  Method,
  NoResults,
  REGISTRATION_SERVER,
  RegisterConnectionParams,
  RegisterConnectionResults,
  UpdateLocalConfigurationParams,
} from './schema.js';

/** The peer said that it is over, or nothing it says can be understood. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
}

/** The one capability that is given away: the registration server itself. It lives as long as the connection. */
const EXPORT_ID = 0;
/** Answers that were not finished. cloudflared has two or three; each is a promise that calls may be made on. */
const MAX_ANSWERS = 64;
/** Nanoseconds after which a connector that is refused for now may come again. */
const RETRY_AFTER = 1_000_000_000n;

/**
 * The edge's side of Cap'n Proto RPC, level 0 and as much of level 1 as cloudflared needs: Bootstrap, Call, Return,
 * Finish, Release. Everything else is answered Unimplemented (docs/reference/cloudflared-wire.md 3).
 */
export class RpcServer {
  /** By question: whether its answer is the registration server. */
  private readonly answers = new Map<number, boolean>();

  constructor(private readonly server: RegistrationServer) {}

  /**
   * Handles one whole message with its segment table; gives the message to send back, if any.
   *
   * @throws RpcError, and whatever decoding throws: the stream cannot go on
   */
  receive(bytes: Buffer): Uint8Array | undefined {
    // A copy: the decoder takes the array buffer behind a view for its own.
    const root = new Message(new Uint8Array(bytes), false).getRoot(RpcMessage);
    switch (root.which()) {
      case RpcMessage.BOOTSTRAP:
        return this.bootstrap(root.bootstrap.questionId);
      case RpcMessage.CALL:
        return this.call(root.call);
      case RpcMessage.FINISH:
        this.answers.delete(root.finish.questionId);
        return undefined;
      case RpcMessage.RELEASE:
        return undefined;
      case RpcMessage.ABORT:
        throw new RpcError(`the connector aborted: ${root.abort.reason}`);
      case RpcMessage.UNIMPLEMENTED:
        return undefined;
      default:
        return unimplemented(bytes);
    }
  }

  private bootstrap(questionId: number): Uint8Array {
    this.remember(questionId, true);
    return answer(questionId, (answered) => {
      const results = answered._initResults();
      // After this cloudflared calls the capability and no longer the promise: without one its calls would fail.
      results._initCapTable(1).get(0).senderHosted = EXPORT_ID;
      utils.setInterfacePointer(0, results.content);
    });
  }

  private call(call: Call): Uint8Array {
    const { questionId, methodId } = call;
    this.remember(questionId, false);
    const problem = this.problemOf(call);
    if (problem !== undefined) return exception(questionId, problem, Exception.Type.UNIMPLEMENTED);
    try {
      return this.carryOut(questionId, methodId, call);
    } catch (error) {
      return exception(questionId, messageOf(error), Exception.Type.FAILED);
    }
  }

  private problemOf(call: Call): string | undefined {
    if (!this.isOurs(call)) return 'the call has another target than the registration server';
    if (call.interfaceId !== REGISTRATION_SERVER) return `no interface ${call.interfaceId.toString(16)} here`;
    if (call.sendResultsTo.which() !== Call_SendResultsTo.CALLER) return 'results are sent to the caller only';
    return undefined;
  }

  private isOurs({ target }: Call): boolean {
    if (target._isImportedCap) return target.importedCap === EXPORT_ID;
    if (!target._isPromisedAnswer) return false;
    const { questionId, transform } = target.promisedAnswer;
    return this.answers.get(questionId) === true && transform.length === 0;
  }

  private carryOut(questionId: number, methodId: number, call: Call): Uint8Array {
    const params = <T extends Struct>(StructClass: new (...args: never) => T): T =>
      utils.getStruct(0, StructClass as never, call.params);
    switch (methodId) {
      case Method.REGISTER_CONNECTION:
        return this.register(questionId, params(RegisterConnectionParams));
      case Method.UNREGISTER_CONNECTION:
        this.server.unregister();
        return nothing(questionId);
      case Method.UPDATE_LOCAL_CONFIGURATION:
        this.server.updateLocalConfiguration(params(UpdateLocalConfigurationParams).config);
        return nothing(questionId);
      default:
        return exception(questionId, `the registration server has no method ${methodId}`, Exception.Type.UNIMPLEMENTED);
    }
  }

  private register(questionId: number, params: RegisterConnectionParams): Uint8Array {
    const { auth, options } = params;
    const { client } = options;
    const result = this.server.register({
      accountTag: auth.accountTag,
      secret: auth.tunnelSecret.toString('base64'),
      tunnelId: uuidOf(params.tunnelId, 'the tunnel id'),
      connectorId: uuidOf(client.clientId, 'the client id'),
      index: params.connIndex,
      version: client.version,
      arch: client.arch,
      features: client.features,
      replaceExisting: options.replaceExisting,
    });
    return answer(questionId, (answered) => {
      const response = utils.initStructAt(0, RegisterConnectionResults, answered._initResults()).initResult();
      if (result.ok) {
        const details = response.initConnectionDetails();
        details.uuid = Buffer.from(result.id.replaceAll('-', ''), 'hex');
        details.locationName = result.locationName;
        details.tunnelIsRemotelyManaged = result.remotelyManaged;
      } else {
        const error = response.initError();
        error.cause = result.cause;
        error.shouldRetry = result.retry;
        error.retryAfter = result.retry ? RETRY_AFTER : 0n;
      }
    });
  }

  private remember(questionId: number, isServer: boolean): void {
    if (this.answers.has(questionId)) throw new RpcError(`question ${questionId} is asked twice`);
    if (this.answers.size >= MAX_ANSWERS) throw new RpcError(`more than ${MAX_ANSWERS} answers are not finished`);
    this.answers.set(questionId, isServer);
  }
}

function answer(questionId: number, fill: (answered: Return) => void): Uint8Array {
  const message = new Message();
  const answered = message.initRoot(RpcMessage)._initReturn();
  answered.answerId = questionId;
  fill(answered);
  return new Uint8Array(message.toArrayBuffer());
}

function nothing(questionId: number): Uint8Array {
  return answer(questionId, (answered) => utils.initStructAt(0, NoResults, answered._initResults()));
}

function exception(
  questionId: number,
  reason: string,
  type: (typeof Exception.Type)[keyof typeof Exception.Type],
): Uint8Array {
  return answer(questionId, (answered) => {
    const thrown = answered._initException();
    thrown.reason = reason;
    thrown.type = type;
  });
}

/** Struct pointer to what follows it, of one data word and one pointer. */
const MESSAGE_STRUCT = 0x0001_0001_0000_0000n;
/** Far pointer to the first word of segment 1, where the peer's own root pointer stands. */
const TO_SEGMENT_1 = 0x0000_0001_0000_0002n;

/**
 * Says a message back to whoever sent it. Its bytes become a second segment as they are: copying it pointer by
 * pointer could take for ever, because pointers may share what they point to.
 */
function unimplemented(bytes: Buffer): Uint8Array | undefined {
  // In several segments its far pointers would lead astray.
  if (bytes.readUInt32LE(0) !== 0) return undefined;
  const segment = bytes.subarray(8);
  const head = Buffer.alloc(16 + 24);
  head.writeUInt32LE(1, 0);
  head.writeUInt32LE(3, 4);
  head.writeUInt32LE(segment.length / 8, 8);
  head.writeBigUInt64LE(MESSAGE_STRUCT, 16);
  head.writeBigUInt64LE(TO_SEGMENT_1, 32);
  return Buffer.concat([head, segment]);
}

function uuidOf(bytes: Buffer, what: string): string {
  if (bytes.length !== 16) throw new RpcError(`${what} has ${bytes.length} bytes, not 16`);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
