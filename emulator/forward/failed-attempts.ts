import type { Deadlines } from '../../runtime/deadlines.js';
import { againText, Repeated } from '../../runtime/repeated.js';
import type { AttemptTrace, Events } from '../observe/journal.types.js';
import type { Failure } from '../tunnel/connection.js';

/** The event of an attempt that came to nothing. */
export const ENDPOINT_FAILED = 'endpoint.failed';

/**
 * Tells of attempts that failed, wherever nobody reads the journal: an event for the first of its kind, and for those
 * like it one a minute that counts them.
 */
export class FailedAttempts {
  private readonly repeated: Repeated;

  constructor(
    private readonly events: Pick<Events, 'emit'>,
    deadlines: Deadlines,
  ) {
    this.repeated = new Repeated(deadlines);
  }

  /** `status` is what the client gets if no other endpoint is tried. */
  note(trace: AttemptTrace, { kind, detail }: Failure, status: number): void {
    // Then it was the client who went away.
    if (kind === 'aborted') return;
    const { pool, endpoint, address, tunnel, connector, egress } = trace;
    const place = [pool && `pool ${pool}`, tunnel && `tunnel ${tunnel}`].filter(Boolean).join(', ');
    const message = `endpoint ${endpoint}${place && ` (${place})`}: ${detail}`;
    const data = { pool, endpoint, address, tunnel, connector, data_center: egress, failure: kind, status };
    this.repeated.happened(message, (again) =>
      this.events.emit(ENDPOINT_FAILED, `${message}${againText(again)}`, again === 0 ? data : { ...data, again }),
    );
  }

  close(): void {
    this.repeated.close();
  }
}
