/** Something a client asks for. */
export interface Visit {
  /** The listener: that of HTTP, or the on-ramp. */
  readonly by: string;
  /** A host, or with the on-ramp an address and port. */
  readonly to: string;
  /** Whom the on-ramp shall know it as, with the virtual network. Absent: it is asked over HTTP. */
  readonly user?: string;
}

/** What came of it. */
export interface Came {
  readonly status: number;
  /** What the origin calls itself that answered; absent: it was no origin. */
  readonly origin?: string;
}
