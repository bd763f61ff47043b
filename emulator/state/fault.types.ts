import type { Managed } from './objects.js';

/** A span of model time such as `250ms`, `30s`, `10m`, `2h` or `1d`. */
export type Span = string;

export type OneOrMore = string | readonly string[];

/** What every fault has, whatever it breaks. */
interface FaultEnvelope<Type extends string, Match> extends Managed {
  readonly name: string;
  readonly type: Type;
  /** What it touches: everything that is given must fit; what is not given does not matter. */
  readonly match: Match;
  /** 0 to 1, drawn from the seeded generator. */
  readonly probability: number;
  /** From when it was last written until it begins. */
  readonly starts: Span;
  /** From its beginning; absent: until it is removed. */
  readonly duration?: Span;
  readonly enabled: boolean;
}

/** What a fault of connections may be limited to. Tunnels by name or id. */
export interface LinkMatch {
  readonly tunnel?: string;
  /** UUID of a connector's process. */
  readonly connector?: string;
  /** Where the connection ends. */
  readonly data_center?: string;
}

/** What a fault on the way to an origin may be limited to. Pools and tunnels by name or id. */
export interface WayMatch {
  /** The client's host; `*.example.com` covers every name below. */
  readonly host?: string;
  /** Beginning of path and query. */
  readonly path?: string;
  readonly method?: string;
  readonly header?: Readonly<Record<string, string>>;
  /** Where the request came in, or the probe leaves from; for faults of connectors where their connection ends. */
  readonly data_center?: string;
  readonly country?: string;
  readonly pool?: string;
  readonly endpoint?: string;
  readonly tunnel?: string;
  readonly connector?: string;
}

/** What a fault of probes may be limited to. Pools and tunnels by name or id. */
export interface ProbeMatch {
  /** Codes of data centers that the probes leave from. */
  readonly data_center?: OneOrMore;
  /** Codes of the regions of those. */
  readonly region?: OneOrMore;
  readonly pool?: string;
  readonly endpoint?: string;
  readonly tunnel?: string;
}

/**
 * The stretches of a way. One that goes through a tunnel has the middle three, and the second only where the request
 * comes in at another data center than the connection ends; one to a public address has `edge-origin` in their place.
 */
export const STRETCHES = ['client-edge', 'edge-edge', 'edge-connector', 'connector-origin', 'edge-origin'] as const;
export type Stretch = (typeof STRETCHES)[number];

/** What is wrong with an origin's certificate; `none`: the handshake comes to nothing. */
export const CERTIFICATE_PROBLEMS = ['self_signed', 'expired', 'other_name', 'none'] as const;
export type CertificateProblem = (typeof CERTIFICATE_PROBLEMS)[number];

export type DataCenterDown = FaultEnvelope<'data_center_down', { readonly data_center: string }>;
export type DataCentersPartitioned = FaultEnvelope<
  'data_centers_partitioned',
  { readonly data_center: OneOrMore; readonly tunnel?: string }
> & {
  /** The other side; absent: all that are not on this one. */
  readonly from?: OneOrMore;
};

export type ConnectorDisconnected = FaultEnvelope<'connector_disconnected', LinkMatch>;
export type ConnectorRefused = FaultEnvelope<'connector_refused', LinkMatch>;
export type ConnectorHung = FaultEnvelope<'connector_hung', WayMatch>;
export type ClockSkew = FaultEnvelope<'clock_skew', WayMatch> & {
  /** A span with a sign. */
  readonly by: Span;
};

type LinkFault<Type extends string> = FaultEnvelope<Type, WayMatch> & { readonly between: Stretch };
export type LinkLatency = LinkFault<'link_latency'> & { readonly latency: Span; readonly jitter?: Span };
/** `rate`: bytes a second, in each direction. */
export type LinkBandwidth = LinkFault<'link_bandwidth'> & { readonly rate: number };
/** `loss`: 0 to 1, of each piece; one that is lost stalls what follows for the span. */
export type LinkLoss = LinkFault<'link_loss'> & { readonly loss: number; readonly stall: Span };

export type OriginRefuse = FaultEnvelope<'origin_refuse', WayMatch>;
export type OriginWrongCertificate = FaultEnvelope<'origin_wrong_certificate', WayMatch> & {
  readonly certificate: CertificateProblem;
};
export type OriginStatus = FaultEnvelope<'origin_status', WayMatch> & {
  readonly status: number;
  readonly body?: string;
};
export type OriginSlow = FaultEnvelope<'origin_slow', WayMatch> & { readonly delay: Span };
/** `rate`: bytes a second. */
export type OriginSlowBody = FaultEnvelope<'origin_slow_body', WayMatch> & { readonly rate: number };
/** `after`: bytes of the body that still come. */
export type OriginReset = FaultEnvelope<'origin_reset', WayMatch> & { readonly after: number };
export type OriginTruncated = FaultEnvelope<'origin_truncated', WayMatch> & { readonly after: number };

export type ProbesFailing = FaultEnvelope<'probes_failing', ProbeMatch>;

/** Something that is broken on purpose. Known by its name. */
export type Fault =
  | DataCenterDown
  | DataCentersPartitioned
  | ConnectorDisconnected
  | ConnectorRefused
  | ConnectorHung
  | ClockSkew
  | LinkLatency
  | LinkBandwidth
  | LinkLoss
  | OriginRefuse
  | OriginWrongCertificate
  | OriginStatus
  | OriginSlow
  | OriginSlowBody
  | OriginReset
  | OriginTruncated
  | ProbesFailing;
export type FaultType = Fault['type'];

/** Faults that get into the ways to origins. */
export type WayFault = Extract<Fault, { readonly match: WayMatch; readonly type: `${'link' | 'origin'}_${string}` }>;

/** One or more, as a list. */
export function listOf(given: OneOrMore): readonly string[] {
  return typeof given === 'string' ? [given] : given;
}
