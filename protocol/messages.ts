import { MAX_HEAD_BYTES, ProtocolError } from './frames.js';

/** WebSocket subprotocol of this version of the protocol. */
export const SUBPROTOCOL = 'colocal.v1';

/** What a stream is for. Header lists are flat: name, value, name, value. */
export type OpenMessage =
  | {
      readonly kind: 'http' | 'upgrade';
      readonly method: string;
      readonly path: string;
      readonly scheme: 'http' | 'https';
      readonly authority: string;
      readonly headers: readonly string[];
    }
  | { readonly kind: 'tcp'; readonly ip: string; readonly port: number };

export interface HeadMessage {
  readonly status: number;
  readonly headers: readonly string[];
  /** Whether the origin answered, or the connector in its place. */
  readonly source: 'origin' | 'connector';
  /** One sentence for people: the rule that the connector answered by itself, and why. At most {@link MAX_DETAIL_CHARACTERS}. */
  readonly detail?: string;
}

export interface RegisterMessage {
  /** UUID of the connector's process: the same on all its connections. */
  readonly connector_id: string;
  readonly index: number;
  readonly version: string;
  readonly arch: string;
  /** IATA code of where the connector says it stands; absent: the edge's default data center. */
  readonly location?: string;
  readonly features: readonly string[];
}

export interface RegisteredMessage {
  readonly connection_id: string;
  /** Code of the data center in which this connection ends. */
  readonly data_center: string;
  /** Whether the edge pushes the configuration (`cloudflare`) or the connector uses its own (`local`). */
  readonly config_src: 'local' | 'cloudflare';
  /** Name of the tunnel, which the token does not have. */
  readonly tunnel?: string;
}

export interface ConfigMessage {
  /** Counts pushes on this connection; the acknowledgement repeats it. */
  readonly serial: number;
  readonly version: number;
  /** cloudflared's configuration document, or null: the connector keeps its own. */
  readonly config: unknown;
  /** CIDRs that are routed to the tunnel: the only addresses the connector dials. */
  readonly networks: readonly string[];
}

export interface ConfigAckMessage {
  readonly serial: number;
  /** The version now in force. */
  readonly version: number;
  readonly error?: string;
}

export interface GoawayMessage {
  readonly reason: string;
  /** Whether dialling in again makes sense. */
  readonly retry: boolean;
}

/** Why a stream was given up. */
export const ResetCause = {
  /** The sender lost interest: its client went away, or it has its answer. */
  CANCELLED: 1,
  REFUSED: 2,
  TIMEOUT: 3,
  UNREACHABLE: 4,
  /** The address is not one the connector may dial. */
  NOT_ALLOWED: 5,
  /** The origin broke the exchange off. */
  ORIGIN_RESET: 6,
  /** Too many streams, or leaving: nothing was done with it. */
  STREAM_REFUSED: 7,
  TLS: 8,
  CERTIFICATE: 9,
  INVALID_RESPONSE: 10,
  DNS: 11,
  INTERNAL: 12,
  /** As many connections to private addresses are open as may be. */
  FLOW_LIMIT: 13,
  /** Never on the wire: the connection itself broke. */
  LOST: 255,
} as const;

export type ResetCause = (typeof ResetCause)[keyof typeof ResetCause];

const CAUSES = new Set<number>(Object.values(ResetCause));
/** Longer details are cut. */
export const MAX_DETAIL_CHARACTERS = 240;

export interface ResetMessage {
  readonly cause: ResetCause;
  /** Certainly no byte of the request reached an origin. */
  readonly unsent: boolean;
  readonly detail: string;
}

export function encodeReset(reset: ResetMessage): Buffer {
  const detail = Buffer.from(reset.detail.slice(0, MAX_DETAIL_CHARACTERS));
  return Buffer.concat([Buffer.from([reset.cause, reset.unsent ? 1 : 0]), detail]);
}

export function decodeReset(payload: Buffer): ResetMessage {
  const cause = payload[0];
  if (payload.length < 2 || cause === undefined) throw new ProtocolError('RESET without a cause');
  return {
    // A later version may know more causes than we do; the stream is over either way.
    cause: CAUSES.has(cause) ? (cause as ResetCause) : ResetCause.INTERNAL,
    unsent: payload[1] === 1,
    detail: payload.toString('utf8', 2),
  };
}

export function encodeJson(message: object): Buffer {
  return Buffer.from(JSON.stringify(message));
}

function parseJson(payload: Buffer, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(payload.toString('utf8'));
  } catch {
    throw new ProtocolError(`${what} is not JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ProtocolError(`${what} is not an object`);
  return value as Record<string, unknown>;
}

function text(message: Record<string, unknown>, key: string, what: string): string {
  const value = message[key];
  if (typeof value !== 'string') throw new ProtocolError(`${what}: ${key} is not a string`);
  return value;
}

function integer(message: Record<string, unknown>, key: string, what: string, most: number): number {
  const value = message[key];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most) {
    throw new ProtocolError(`${what}: ${key} is not an integer in 0..${most}`);
  }
  return value;
}

function strings(message: Record<string, unknown>, key: string, what: string): string[] {
  const value = message[key];
  if (!Array.isArray(value)) throw new ProtocolError(`${what}: ${key} is not a list`);
  for (const item of value)
    if (typeof item !== 'string') throw new ProtocolError(`${what}: ${key} holds something other than strings`);
  return value as string[];
}

function headerList(message: Record<string, unknown>, what: string): string[] {
  const list = strings(message, 'headers', what);
  if (list.length % 2 !== 0) throw new ProtocolError(`${what}: odd number of header items`);
  return list;
}

export function decodeOpen(payload: Buffer): OpenMessage {
  const message = parseJson(payload, 'OPEN');
  const kind = message.kind;
  if (kind === 'tcp') return { kind, ip: text(message, 'ip', 'OPEN'), port: integer(message, 'port', 'OPEN', 65_535) };
  if (kind !== 'http' && kind !== 'upgrade') throw new ProtocolError(`OPEN: unknown kind ${JSON.stringify(kind)}`);
  const scheme = message.scheme;
  if (scheme !== 'http' && scheme !== 'https') throw new ProtocolError('OPEN: scheme is neither http nor https');
  return {
    kind,
    method: text(message, 'method', 'OPEN'),
    path: text(message, 'path', 'OPEN'),
    scheme,
    authority: text(message, 'authority', 'OPEN'),
    headers: headerList(message, 'OPEN'),
  };
}

export function decodeHead(payload: Buffer): HeadMessage {
  const message = parseJson(payload, 'HEAD');
  const status = integer(message, 'status', 'HEAD', 999);
  if (status !== 101 && status < 200) throw new ProtocolError(`HEAD: ${status} is not a final status`);
  const source = message.source;
  if (source !== 'origin' && source !== 'connector')
    throw new ProtocolError('HEAD: source is neither origin nor connector');
  const headers = headerList(message, 'HEAD');
  if (message.detail === undefined) return { status, headers, source };
  return { status, headers, source, detail: text(message, 'detail', 'HEAD').slice(0, MAX_DETAIL_CHARACTERS) };
}

/** Trailers of an END frame; an empty payload means none. */
export function decodeTrailers(payload: Buffer): readonly string[] {
  if (payload.length === 0) return NO_TRAILERS;
  return headerList(parseJson(payload, 'END'), 'END');
}

export const NO_TRAILERS: readonly string[] = Object.freeze([]);

export function encodeTrailers(trailers: readonly string[]): Buffer {
  return trailers.length === 0 ? EMPTY : encodeJson({ headers: trailers });
}

const EMPTY = Buffer.alloc(0);

/** Connectors index their connections from 0; more than this many are of no use to anybody. */
export const MAX_CONNECTION_INDEX = 15;

export function decodeRegister(payload: Buffer): RegisterMessage {
  const message = parseJson(payload, 'REGISTER');
  return {
    connector_id: text(message, 'connector_id', 'REGISTER'),
    index: integer(message, 'index', 'REGISTER', MAX_CONNECTION_INDEX),
    version: text(message, 'version', 'REGISTER'),
    arch: text(message, 'arch', 'REGISTER'),
    ...(message.location === undefined ? {} : { location: text(message, 'location', 'REGISTER') }),
    features: strings(message, 'features', 'REGISTER'),
  };
}

export function decodeRegistered(payload: Buffer): RegisteredMessage {
  const message = parseJson(payload, 'REGISTERED');
  const source = message.config_src;
  if (source !== 'local' && source !== 'cloudflare') throw new ProtocolError('REGISTERED: unknown config_src');
  return {
    connection_id: text(message, 'connection_id', 'REGISTERED'),
    data_center: text(message, 'data_center', 'REGISTERED'),
    config_src: source,
    ...(message.tunnel === undefined ? {} : { tunnel: text(message, 'tunnel', 'REGISTERED') }),
  };
}

export function decodeConfig(payload: Buffer): ConfigMessage {
  const message = parseJson(payload, 'CONFIG');
  return {
    serial: integer(message, 'serial', 'CONFIG', Number.MAX_SAFE_INTEGER),
    version: integer(message, 'version', 'CONFIG', Number.MAX_SAFE_INTEGER),
    config: message.config ?? null,
    networks: strings(message, 'networks', 'CONFIG'),
  };
}

export function decodeConfigAck(payload: Buffer): ConfigAckMessage {
  const message = parseJson(payload, 'CONFIG_ACK');
  return {
    serial: integer(message, 'serial', 'CONFIG_ACK', Number.MAX_SAFE_INTEGER),
    version: integer(message, 'version', 'CONFIG_ACK', Number.MAX_SAFE_INTEGER),
    ...(message.error === undefined ? {} : { error: text(message, 'error', 'CONFIG_ACK') }),
  };
}

export function decodeGoaway(payload: Buffer): GoawayMessage {
  const message = parseJson(payload, 'GOAWAY');
  return { reason: text(message, 'reason', 'GOAWAY'), retry: message.retry === true };
}

/** The connector's own configuration document, as it is. */
export function decodeLocalConfig(payload: Buffer): unknown {
  return parseJson(payload, 'LOCAL_CONFIG').config ?? null;
}

/** Whether a head fits a frame: the sender answers 431 or 520 itself instead of breaking the connection. */
export function fitsHead(payload: Buffer): boolean {
  return payload.length <= MAX_HEAD_BYTES;
}
