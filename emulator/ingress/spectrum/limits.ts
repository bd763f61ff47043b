/** How much a client of a Spectrum application may ask, and how long it may take. Milliseconds. */
export interface SpectrumLimits {
  /** Connections at a time on each listener. Default 10,000, as for the other listeners: each has its pair at an endpoint. */
  readonly connections: number;
  /** For a TLS handshake. Default 10 s, as for HTTPS. */
  readonly handshakeTimeout: number;
}

export const SPECTRUM_LIMITS: SpectrumLimits = {
  connections: 10_000,
  handshakeTimeout: 10_000,
};
