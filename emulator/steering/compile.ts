import type { AccountSnapshot, StateEvent } from '../state/state.types.js';
import { tunnelHostname } from '../state/tunnel-hostname.js';
import { PrivateTargets } from './compile-private.js';
import { SpectrumTargets } from './compile-spectrum.js';
import { compileTarget, compileTunnel } from './compile-target.js';
import { buildHostIndex, type HostIndex } from './host-index.js';
import { NameUses } from './name-uses.js';
import { createSessionTokens, type SessionTokens } from './session/tokens.js';
import type { HostTarget, SteeringSnapshot } from './snapshot.types.js';

/** Compiles the account for {@link SteeringSnapshot}: once per transaction, so that a request only looks up. */
export function compileSnapshot(account: AccountSnapshot): SteeringSnapshot {
  return new SnapshotCompiler().compile(account);
}

/** Compiles an account again and again as it changes: each time no more than what a change is about. */
export class SnapshotCompiler {
  private latest: Compiled | undefined;

  /** @param event what led to this account; without it, or when another account was compiled last, everything is compiled */
  compile(account: AccountSnapshot, event?: Pick<StateEvent, 'before' | 'changes'>): SteeringSnapshot {
    const { latest } = this;
    if (latest?.account === account) return latest.snapshot;
    const follows = latest && event?.before === latest.account && latest.account.account === account.account;
    this.latest = follows ? carriedOn(latest, account, event.changes) : compiled(account);
    return this.latest.snapshot;
  }
}

interface Compiled {
  readonly account: AccountSnapshot;
  readonly snapshot: SteeringSnapshot;
  readonly tokens: SessionTokens;
  readonly index: HostIndex<HostTarget>;
  readonly privates: PrivateTargets;
  readonly applications: SpectrumTargets;
  /** Follows the account, unlike everything else in here. */
  readonly uses: NameUses;
}

function compiled(account: AccountSnapshot): Compiled {
  const tokens = createSessionTokens(`${account.account.id} ${account.account.api_token}`);
  const uses = NameUses.of(account);
  const targets = new Map<string, HostTarget>();
  for (const tunnel of account.tunnels.values()) targets.set(tunnelHostname(tunnel.id), compileTunnel(tunnel));
  for (const name of uses.names()) {
    const target = compileTarget(name, uses.at(name, account), account, tokens);
    if (target) targets.set(name, target);
  }
  const index = buildHostIndex(targets);
  const privates = PrivateTargets.of(account, tokens);
  const applications = SpectrumTargets.of(account, tokens);
  return {
    account,
    snapshot: snapshotOf(account, { index, privates, applications }),
    tokens,
    index,
    privates,
    applications,
    uses,
  };
}

function carriedOn(before: Compiled, account: AccountSnapshot, changes: StateEvent['changes']): Compiled {
  const { tokens, uses } = before;
  const targets = new Map<string, HostTarget | undefined>();
  for (const { kind, id } of changes) {
    if (kind !== 'tunnels') continue;
    const tunnel = account.tunnels.get(id);
    targets.set(tunnelHostname(id), tunnel && compileTunnel(tunnel));
  }
  for (const name of uses.follow(changes, account)) {
    targets.set(name, compileTarget(name, uses.at(name, account), account, tokens));
  }
  const index = targets.size === 0 ? before.index : before.index.changed(targets);
  const privates = before.privates.changed(changes, account, tokens);
  const applications = before.applications.changed(changes, account, tokens);
  return {
    account,
    snapshot: snapshotOf(account, { index, privates, applications }),
    tokens,
    index,
    privates,
    applications,
    uses,
  };
}

function snapshotOf(
  account: AccountSnapshot,
  { index, privates, applications }: Pick<Compiled, 'index' | 'privates' | 'applications'>,
): SteeringSnapshot {
  let names: readonly string[] | undefined;
  return {
    revision: account.revision,
    find: (host) => index.find(host),
    findPrivate: (address) => privates.find(address),
    findTcp: (applicationId) => applications.find(applicationId),
    get names() {
      names ??= answered(account, index);
      return names;
    },
  };
}

function answered(account: AccountSnapshot, index: HostIndex<HostTarget>): readonly string[] {
  const names = new Set<string>();
  for (const kind of ['load_balancers', 'dns_records'] as const) {
    for (const { name } of account[kind].values()) names.add(name.toLowerCase());
  }
  return [...names].filter((name) => {
    const target = name.startsWith('*.') ? undefined : index.find(name);
    return target?.kind === 'load_balancer' || target?.kind === 'dns_record';
  });
}
