/** How much a client may ask of the traffic listeners, and how long it may take. Milliseconds and bytes. */
export interface IngressLimits {
  /** Longest URL; a longer one is answered 414. Default 16 KB: docs/reference/load-balancing.md section 10. */
  readonly urlBytes: number;
  /** All headers together; more is answered 431. Default 32 KB: docs/reference/load-balancing.md section 10. */
  readonly headerBytes: number;
  /**
   * From the first moment of a connection, or the first byte of a later request, to the end of the headers. Default
   * 30 s: headers fit into a few packets, so even a bad line needs a second; a person typing into nc has time.
   */
  readonly headersTimeout: number;
  /**
   * How long a body may pause while the edge waits for it. The body as a whole may take as long as it likes, or
   * long uploads would be cut. Default 60 s, what common reverse proxies allow between two reads.
   */
  readonly bodyIdleTimeout: number;
  /**
   * How long a connection without a request is kept. Default 75 s: longer than the 60 s most client pools keep
   * theirs, so it is the client that closes, and no request meets a connection that is just being closed.
   */
  readonly keepAliveTimeout: number;
  /**
   * How long the edge goes on reading what a client still sends after the answer, so that the client reads the
   * answer instead of a reset. Default 2 s: on one machine whoever reads at all has read by then.
   */
  readonly lingerTimeout: number;
  /** For a TLS handshake. Default 10 s: it is two round trips and the making of a certificate. */
  readonly handshakeTimeout: number;
  /** Connections at a time on each listener. Default 10,000: a runaway load test should not eat every descriptor of the machine. */
  readonly connections: number;
  /**
   * Requests of one HTTP/1 connection that are in progress at a time. A client may send ahead (RFC 9112 section 9.3.2);
   * what exceeds this waits, and nothing more is read from the connection meanwhile. Default 100: as much as RFC 9113
   * would have a client be given, and far more than any client sends ahead that waits for its answers.
   */
  readonly pipelinedRequests: number;
  /** HTTP/2 streams open at a time on a connection. Default 128: RFC 9113 asks for at least 100. */
  readonly concurrentStreams: number;
  /**
   * HTTP/2 streams a client may reset unanswered, less those that were answered, before its connection is closed
   * (rapid reset, CVE-2023-44487). Default 200: a browser that leaves a page resets at most what is open, which is 128.
   */
  readonly streamResets: number;
  /** What an HTTP/2 connection may keep in memory, megabytes. Default 64: 128 streams with a full 256 KB window are 32, and headers come on top. */
  readonly sessionMemory: number;
}

export const DEFAULT_LIMITS: IngressLimits = {
  urlBytes: 16 * 1024,
  headerBytes: 32 * 1024,
  headersTimeout: 30_000,
  bodyIdleTimeout: 60_000,
  keepAliveTimeout: 75_000,
  lingerTimeout: 2_000,
  handshakeTimeout: 10_000,
  connections: 10_000,
  pipelinedRequests: 100,
  concurrentStreams: 128,
  streamResets: 200,
  sessionMemory: 64,
};

/**
 * What sockets and streams buffer before they push back. 64 KiB is four DATA frames of the connectors' protocol: with
 * Node's 16 KiB every single frame would pause its sender.
 */
export const BUFFER_BYTES = 64 * 1024;
