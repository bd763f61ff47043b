import { type ColocalError, defineError, messageOf } from './errors.js';

/** A listener that could not be opened, as people know it. */
export interface ListenerDetails {
  /** E.g. `traffic http`. */
  readonly name: string;
  /** What was asked for, `HOST:PORT`. */
  readonly address: string;
  /** The key in colocal.yaml that says it, e.g. `listen.http`. */
  readonly flag: string;
}

export const portInUse = defineError<ListenerDetails>('PORT_IN_USE', {
  message: (d) => `the ${d.name} listener cannot open ${d.address}: the port is in use`,
  fix: (d) => `stop what listens there, or choose another port with ${d.flag} in colocal.yaml (0 takes any free one)`,
});

export const cannotListen = defineError<ListenerDetails & { why: string }>('CANNOT_LISTEN', {
  message: (d) => `the ${d.name} listener cannot open ${d.address}: ${d.why}`,
  fix: (d) => `choose an address of this machine and a port above 1023 with ${d.flag} in colocal.yaml`,
});

/** What an error of `listen` means to people. */
export function listenFailure(error: unknown, details: ListenerDetails): ColocalError {
  if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return portInUse(details, { cause: error });
  return cannotListen({ ...details, why: messageOf(error) }, { cause: error });
}
