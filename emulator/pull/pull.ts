import type { Deadlines } from '../../runtime/deadlines.js';
import { ConfigError, type ConfigProblem, type LeftOut, parseConfig, writeConfig } from '../config/index.js';
import { convertAccount } from './convert/convert.js';
import { readAccount } from './read-account.js';
import { createV4Client } from './v4-client.js';

export interface PullOptions {
  readonly accountId: string;
  /** Only these zones; empty: all of the account. */
  readonly zones: readonly string[];
  /** E.g. `https://api.cloudflare.com/client/v4`. */
  readonly baseUrl: string;
  readonly token: string;
  /** What the file will be called, for {@link Pulled.problems}. */
  readonly file: string;
  readonly deadlines: Deadlines;
}

export interface Pulled {
  /** A `colocal.yaml`, without secrets. */
  readonly text: string;
  /** What the account has and the file does not; its comments say so too. */
  readonly leftOut: readonly LeftOut[];
  /** Why an edge would refuse the file; empty when it would take it. */
  readonly problems: readonly ConfigProblem[];
  /** How many of each section there are. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Reads an account from a v4 API, and writes it as a configuration. @throws the errors of ./errors.ts */
export async function pull({ accountId, zones, baseUrl, token, file, deadlines }: PullOptions): Promise<Pulled> {
  const read = await readAccount(createV4Client({ baseUrl, token, deadlines }), accountId, zones);
  const { account, leftOut } = convertAccount(read);
  const head = [
    `Pulled by colocal pull from the account ${accountId} at ${baseUrl}.`,
    'Secrets are never pulled: a tunnel gets a random tunnel_secret in each run, unless it is given one here.',
  ];
  const written = writeConfig(account, { secrets: false, head, leftOut });
  const { zones: zone, load_balancers, dns_records, pools, monitors, tunnels, routes } = account.objects;
  return {
    ...written,
    problems: problemsIn(written.text, file),
    counts: {
      zones: zone.length,
      'load balancers': load_balancers.length,
      'DNS records': dns_records.length,
      pools: pools.length,
      monitors: monitors.length,
      tunnels: tunnels.length,
      routes: routes.length,
    },
  };
}

function problemsIn(text: string, file: string): readonly ConfigProblem[] {
  try {
    parseConfig(text, file);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
