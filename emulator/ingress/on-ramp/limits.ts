/** How much a client of the on-ramp may ask, and how long it may take. Milliseconds and bytes. */
export interface OnRampLimits {
  /**
   * From the first moment of a connection until it is known where it is to go. Default 10 s: a handshake is three short
   * messages of a program, and nobody types SOCKS.
   */
  readonly handshakeTimeout: number;
  /** The head of a CONNECT. Default 16 KB: it has one line that matters, and what clients add to every request. */
  readonly headBytes: number;
  /** Connections at a time. Default 10,000, as for the other listeners: each has its pair at a connector. */
  readonly connections: number;
  /** How long a client that was refused may go on sending, so that it reads why. Default 2 s. */
  readonly lingerTimeout: number;
}

export const ON_RAMP_LIMITS: OnRampLimits = {
  handshakeTimeout: 10_000,
  headBytes: 16 * 1024,
  connections: 10_000,
  lingerTimeout: 2_000,
};
