import type { Deadlines } from '../../../runtime/deadlines.js';
import type { ErrorPages } from '../../forward/exchange.js';
import type { PrivateForwarder } from '../../forward/private/private.types.js';
import type { ClientVantage, IngressLog } from '../ingress.types.js';
import type { OnRampLimits } from './limits.js';

/** What every part of the on-ramp works with. */
export interface OnRampContext {
  readonly forwarder: PrivateForwarder;
  readonly vantage: ClientVantage;
  readonly pages: ErrorPages;
  readonly deadlines: Deadlines;
  readonly limits: OnRampLimits;
  readonly log: IngressLog;
  /** Somebody showed a wrong password, or the name of nobody. */
  readonly onStranger: (address: string, username: string) => void;
}
