import type { SecureContext } from 'node:tls';
import type { Deadlines } from '../../runtime/deadlines.js';
import type { ColocalError } from '../../runtime/errors.js';
import type { Forwarder } from '../forward/exchange.js';
import type { Standing, Vantage } from '../geo/geo.types.js';
import type { IngressLimits } from './limits.js';

/** Says where a request comes from. */
export interface ClientVantage {
  /** `headers` is flat: name, value, name, value. */
  resolve(headers: readonly string[], remoteAddress: string, remotePort: number, stands?: Standing): VantageResult;
}

export type VantageResult =
  | { readonly ok: true; readonly vantage: Vantage }
  | { readonly ok: false; readonly error: ColocalError };

/** Where the HTTPS listener gets its certificates. */
export interface ServerCertificates {
  /** undefined when nothing here has this name. */
  contextFor(serverName: string): Promise<SecureContext | undefined>;
}

export interface IngressLog {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** What every part of ingress works with. */
export interface IngressContext {
  readonly forwarder: Forwarder;
  readonly vantage: ClientVantage;
  readonly deadlines: Deadlines;
  readonly certificates: ServerCertificates;
  readonly limits: IngressLimits;
  readonly log: IngressLog;
}
