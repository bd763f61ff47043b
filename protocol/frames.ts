/**
 * The wire format between the edge and our connectors (design: "The connectors' protocol").
 *
 * A WebSocket message carries one or more frames, so that everything a side has to say in one turn of its
 * event loop costs one message (docs/decisions/frames-in-batches.md):
 *
 *   0      1            5            9
 *   +------+------------+------------+----------------+
 *   | type | stream u32 | length u32 | payload        |  big endian, stream 0 is the connection itself
 *   +------+------------+------------+----------------+
 */
export const FrameType = {
  /** Connector to edge, first frame: who it is. */
  REGISTER: 1,
  /** Edge to connector: accepted, and in which data center the connection ends. */
  REGISTERED: 2,
  /** Edge to connector: a new stream, of kind http, upgrade or tcp. */
  OPEN: 3,
  /** Connector to edge: the response head, or that a dial or upgrade succeeded. */
  HEAD: 4,
  DATA: 5,
  /** This side is done sending; may carry trailers. */
  END: 6,
  /** This side gives the stream up, both ways; carries a cause. */
  RESET: 7,
  /** Credit: the receiver took so many bytes. Stream 0: credit of the connection. */
  WINDOW: 8,
  /** Edge to connector: configuration and the networks it may dial. */
  CONFIG: 9,
  /** Connector to edge: applied, or why not. */
  CONFIG_ACK: 10,
  /** The sender is leaving (or refuses): no new streams, open ones go on. */
  GOAWAY: 11,
  /** Connector to edge: the configuration it read from its own file. */
  LOCAL_CONFIG: 12,
} as const;

export type FrameType = (typeof FrameType)[keyof typeof FrameType];

export const FRAME_HEADER_BYTES = 9;
/**
 * One bulk stream holds up the others for a tenth of a millisecond at most, and bulk costs a third less than in
 * pieces of 16 KiB: per frame, per write to the client and per read of the socket (bench/README.md).
 */
export const MAX_DATA_BYTES = 64 * 1024;
/** Cloudflare accepts 128 KB of response headers (docs/reference/load-balancing.md 10, error 520); JSON quotes some of it. */
export const MAX_HEAD_BYTES = 256 * 1024;
export const MAX_CONTROL_BYTES = 1024 * 1024;
/** A batch is sent once it is this large, so no message is larger than this and one frame more. */
export const BATCH_BYTES = 64 * 1024;
export const MAX_MESSAGE_BYTES = BATCH_BYTES + MAX_CONTROL_BYTES + 2 * FRAME_HEADER_BYTES;

const LARGEST: Readonly<Record<FrameType, number>> = {
  [FrameType.REGISTER]: 16 * 1024,
  [FrameType.REGISTERED]: 16 * 1024,
  [FrameType.OPEN]: MAX_HEAD_BYTES,
  [FrameType.HEAD]: MAX_HEAD_BYTES,
  [FrameType.DATA]: MAX_DATA_BYTES,
  [FrameType.END]: MAX_HEAD_BYTES,
  [FrameType.RESET]: 1024,
  [FrameType.WINDOW]: 4,
  [FrameType.CONFIG]: MAX_CONTROL_BYTES,
  [FrameType.CONFIG_ACK]: 16 * 1024,
  [FrameType.GOAWAY]: 1024,
  [FrameType.LOCAL_CONFIG]: MAX_CONTROL_BYTES,
};

/** A payload of DATA that is smaller than its message by more than this is copied, or a byte could hold a megabyte in memory. */
const MAX_PINNED = 4;

/** The peer broke the protocol: its connection is closed with this reason, nothing else is touched. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** A frame's header alone: what precedes its payload on the wire. */
export function frameHeader(type: FrameType, stream: number, length: number): Buffer {
  const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  header[0] = type;
  header.writeUInt32BE(stream, 1);
  header.writeUInt32BE(length, 5);
  return header;
}

export function encodeFrame(type: FrameType, stream: number, payload: Buffer): Buffer {
  return Buffer.concat([frameHeader(type, stream, payload.length), payload]);
}

/**
 * Calls `take` for each frame of a message, in order. Payloads are views into the message where that is no waste.
 *
 * @throws ProtocolError for an unknown type, a length over its type's limit or past the message's end.
 */
export function decodeFrames(message: Buffer, take: (type: FrameType, stream: number, payload: Buffer) => void): void {
  let at = 0;
  while (at < message.length) {
    if (message.length - at < FRAME_HEADER_BYTES) {
      throw new ProtocolError(`truncated frame header: ${message.length - at} of ${FRAME_HEADER_BYTES} bytes`);
    }
    const type = message[at] as FrameType;
    const largest = LARGEST[type];
    if (largest === undefined) throw new ProtocolError(`unknown frame type ${type}`);
    const stream = message.readUInt32BE(at + 1);
    const length = message.readUInt32BE(at + 5);
    if (length > largest) throw new ProtocolError(`frame of type ${type} announces ${length} bytes, limit ${largest}`);
    at += FRAME_HEADER_BYTES;
    if (length > message.length - at) {
      throw new ProtocolError(`frame of type ${type} announces ${length} bytes, message has ${message.length - at}`);
    }
    const payload = message.subarray(at, at + length);
    take(
      type,
      stream,
      type === FrameType.DATA && length * MAX_PINNED < message.length ? Buffer.from(payload) : payload,
    );
    at += length;
  }
}
