import type { Deadlines } from '../../../runtime/deadlines.js';
import { againText, Repeated } from '../../../runtime/repeated.js';
import type { Events } from '../../observe/journal.types.js';

/** The event of somebody who showed a wrong password, or the name of nobody. */
export const ACCESS_REFUSED = 'access.refused';

/** Tells of strangers at the on-ramp: an event for the first of a kind, and for those like it one a minute that counts them. */
export class Strangers {
  private readonly repeated: Repeated;

  constructor(
    private readonly events: Pick<Events, 'emit'>,
    deadlines: Deadlines,
  ) {
    this.repeated = new Repeated(deadlines);
  }

  /** Which of the two is wrong is not said, and the password is not repeated. */
  note(address: string, username: string): void {
    const message = `the on-ramp refused ${JSON.stringify(username)} from ${address}: unknown user, or wrong password`;
    this.repeated.happened(address, (again) =>
      this.events.emit(ACCESS_REFUSED, `${message}${againText(again)}`, { address, user: username }),
    );
  }

  close(): void {
    this.repeated.close();
  }
}
