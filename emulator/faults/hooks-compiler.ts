import type { AccountSnapshot } from '../state/state.types.js';
import type { ActiveFault, FaultContext, FaultHooks } from './fault.types.js';
import { compileHooks, PLAIN } from './hooks.js';
import { LostLinks } from './lost-links.js';

/** What hooks are made of, beside the faults. */
const PARTS = ['pools', 'tunnels', 'settings'] as const;

/** Compiles the hooks as faults and account change. Where neither has to do with them, they stay the same. */
export class HooksCompiler {
  private readonly lost = new LostLinks();
  private latest: { active: readonly ActiveFault[]; account: AccountSnapshot; hooks: FaultHooks } | undefined;

  constructor(private readonly context: Omit<FaultContext, 'account'>) {}

  compile(active: readonly ActiveFault[], account: AccountSnapshot): FaultHooks {
    if (active.length === 0) {
      this.lost.keep(new Set());
      this.latest = undefined;
      return PLAIN;
    }
    const { latest } = this;
    const same =
      latest !== undefined &&
      latest.active.length === active.length &&
      active.every((each, place) => each === latest.active[place]) &&
      PARTS.every((part) => latest.account[part] === account[part]);
    if (same) return latest.hooks;
    this.lost.keep(new Set(active));
    const hooks = compileHooks(active, { ...this.context, account }, this.lost);
    this.latest = { active, account, hooks };
    return hooks;
  }
}
