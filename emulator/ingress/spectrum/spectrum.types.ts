import type { Deadlines } from '../../../runtime/deadlines.js';
import type { SpectrumForwarder } from '../../forward/spectrum/spectrum.types.js';
import type { Events } from '../../observe/journal.types.js';
import type { SpectrumApplication } from '../../state/objects.js';
import type { ClientVantage, IngressLog, ServerCertificates } from '../ingress.types.js';
import type { SpectrumLimits } from './limits.js';

/** Where an application wants to listen. Port 0: any free one. */
export interface SpectrumListen {
  readonly host: string;
  readonly port: number;
}

/** What every part of the Spectrum side works with. */
export interface SpectrumContext {
  readonly forwarder: SpectrumForwarder;
  readonly vantage: ClientVantage;
  readonly certificates: ServerCertificates;
  readonly deadlines: Deadlines;
  readonly limits: SpectrumLimits;
  readonly log: IngressLog;
  /** The applications as they are now, by id. */
  readonly applications: () => ReadonlyMap<string, SpectrumApplication>;
  /** What `listen` of an application says. */
  readonly addressOf: (application: SpectrumApplication) => SpectrumListen | undefined;
  readonly events: Pick<Events, 'emit'>;
}
