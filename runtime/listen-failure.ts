import { type ColocalError, defineError, messageOf } from './errors.js';

/** A listener that could not be opened, as people know it. */
export interface ListenerDetails {
  /** E.g. `traffic http`. */
  readonly name: string;
  /** What was asked for, `HOST:PORT`. */
  readonly address: string;
  /** Where people say it: the key in colocal.yaml, e.g. `listen.http`, or the option of a command, e.g. `--metrics`. */
  readonly flag: string;
}

const settingOf = ({ flag }: ListenerDetails): string => (flag.startsWith('--') ? flag : `${flag} in colocal.yaml`);

export const portInUse = defineError<ListenerDetails>('PORT_IN_USE', {
  message: (d) => `the ${d.name} listener cannot open ${d.address}: the port is in use`,
  fix: (d) => `stop what listens there, or choose another port with ${settingOf(d)} (0 takes any free one)`,
});

export const cannotListen = defineError<ListenerDetails & { why: string; choose: string }>('CANNOT_LISTEN', {
  message: (d) => `the ${d.name} listener cannot open ${d.address}: ${d.why}`,
  fix: (d) => `choose ${d.choose} with ${settingOf(d)}`,
});

interface Cause {
  readonly why: string;
  readonly choose: string;
}

const OWN_ADDRESS = 'an address of this machine, such as 127.0.0.1,';
const NO_SUCH_NAME: Cause = { why: 'its host name leads to no address', choose: OWN_ADDRESS };

/** Node's codes for what else keeps `listen` from a port. */
const CAUSES: Readonly<Record<string, Cause>> = {
  EADDRNOTAVAIL: { why: 'this machine does not have that address', choose: OWN_ADDRESS },
  ENOTFOUND: NO_SUCH_NAME,
  EAI_AGAIN: NO_SUCH_NAME,
  EACCES: { why: 'permission denied', choose: 'a port above 1023' },
};

/** What an error of `listen` means to people. */
export function listenFailure(error: unknown, details: ListenerDetails): ColocalError {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return portInUse(details, { cause: error });
  const cause = CAUSES[code] ?? {
    why: messageOf(error),
    choose: 'an address of this machine and a port above 1023',
  };
  return cannotListen({ ...details, ...cause }, { cause: error });
}
