import type { ConfigMessage } from '../../protocol/messages.js';
import { matchRule } from '../../protocol/rule-match.js';
import { messageOf } from '../../runtime/errors.js';
import type { Log } from '../connector.types.js';
import { ConfigurationProblem, pathText } from '../ingress/problem.js';
import { compileIngress, type IngressConfiguration, type IngressRule, NO_INGRESS } from '../ingress/rules.js';
import type { OriginPool } from '../origin/pool.js';
import type { OriginPools } from '../origin/pools.js';
import { Networks } from '../private/networks.js';
import type { WarpRouting } from '../private/warp-routing.js';

/** What a rule's requests are answered with. */
export type BoundRule = IngressRule & { readonly pool: OriginPool | undefined };

const UNPUSHED = -1;

/**
 * What is in force: ingress rules with their pools, and the networks that may be dialled. Shared by all
 * connections of a connector, since each of them is told about every change.
 */
export class Configuration {
  networks = new Networks([]);
  private rules: readonly BoundRule[] = [];
  private pushed = UNPUSHED;
  private current: IngressConfiguration = NO_INGRESS;
  /** Applying waits for lazily loaded code: one at a time, in the order of arrival. */
  private applying: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly pools: OriginPools,
    private readonly log: Log,
  ) {}

  /** The version in force; 0 until one was pushed. */
  get version(): number {
    return Math.max(this.pushed, 0);
  }

  get warpRouting(): WarpRouting {
    return this.current.warpRouting;
  }

  match(authority: string, path: string): BoundRule | undefined {
    return matchRule(this.rules, authority, path);
  }

  /** The connector's own configuration, from its file. */
  use(ingress: IngressConfiguration): void {
    this.current = ingress;
    for (const { path, message } of ingress.warnings)
      this.log.warn({ key: pathText(path) }, `configuration: ${pathText(path)} ${message}`);
    const pools = this.pools.replace(ingress.rules);
    this.rules = ingress.rules.map((rule, index) => ({ ...rule, pool: pools[index] }));
  }

  /**
   * The edge is new to us, because no connection to it was left: its versions may count from the start
   * again. What is in force stays until it pushes something.
   */
  forgetVersion(): void {
    this.pushed = UNPUSHED;
  }

  /**
   * Applies what the edge pushed. Networks always; ingress only when its version is newer than ours, as
   * cloudflared does (docs/reference/cloudflared-wire.md 5). Resolves with the version in force after it.
   */
  apply(message: ConfigMessage): Promise<{ version: number; error?: string }> {
    const applied = this.applying.then(() => this.applyNow(message));
    this.applying = applied;
    return applied;
  }

  private async applyNow(message: ConfigMessage): Promise<{ version: number; error?: string }> {
    try {
      this.networks = new Networks(message.networks);
      // The edge sends none while the connector's own one counts (docs/reference/api.md 5.4).
      if (message.config === null || message.version <= this.pushed) return { version: this.version };
      this.use(await compileIngress(message.config, { unserved: 'answer' }));
      this.pushed = message.version;
      this.log.info({ version: message.version, rules: this.rules.length }, 'configuration applied');
      return { version: this.version };
    } catch (error) {
      const place = error instanceof ConfigurationProblem && error.path.length > 0 ? `${pathText(error.path)}: ` : '';
      const problem = `${place}${messageOf(error)}`;
      this.log.error({ version: message.version }, `configuration refused; the one in force stays: ${problem}`);
      return { version: this.version, error: problem };
    }
  }
}
