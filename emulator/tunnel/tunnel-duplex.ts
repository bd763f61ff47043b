import { Duplex } from 'node:stream';

/** Small: the stream's own credit or window, not this buffer, is what bounds it. */
const HIGH_WATER_MARK = 64 * 1024;

/**
 * What is dialled or upgraded through a tunnel, whatever its connection speaks: Node's own kind of stream, with half-close,
 * that passes for a socket.
 */
export abstract class TunnelDuplex extends Duplex {
  constructor() {
    super({ allowHalfOpen: true, readableHighWaterMark: HIGH_WATER_MARK, writableHighWaterMark: HIGH_WATER_MARK });
    // A connector may open and break a stream in one breath, before its new owner could listen. Owners look at
    // `errored` when they get it, and hear 'close' after that.
    this.on('error', () => undefined);
  }

  // Node's TLS and undici treat what they are given as a socket; these mean nothing to a stream in a tunnel.
  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
