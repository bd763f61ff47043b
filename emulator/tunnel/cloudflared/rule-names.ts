import type { RE2JS } from 're2js';
import { inAscii, type MatchableRule, matchRule } from '../../../protocol/rule-match.js';
import { ruleText, withoutPassword } from '../../../protocol/rule-text.js';
import type { TunnelConfiguration } from '../../state/objects.js';

interface NamedRule extends MatchableRule {
  /** `rule 2 (app.example.com -> http://127.0.0.1:9)`. */
  readonly text: string;
}

/**
 * Which rule a request meets at a connector: cloudflared says that it cannot reach the service, but not by which rule.
 * The edge knows the rules, since it pushed them or was told them.
 */
export class RuleNames {
  private rules: readonly NamedRule[] = [];
  private latest = 0;

  /** These rules are in force now. */
  async use({ ingress = [] }: TunnelConfiguration): Promise<void> {
    const serial = ++this.latest;
    const rules = await Promise.all(ingress.map(named));
    if (serial === this.latest) this.rules = rules;
  }

  /** Undefined: no rules are known, or not as the connector understands them. */
  of(authority: string, path: string): string | undefined {
    return matchRule(this.rules, authority, path)?.text;
  }
}

async function named(
  { hostname = '', path = '', service }: NonNullable<TunnelConfiguration['ingress']>[number],
  index: number,
): Promise<NamedRule> {
  return {
    hostname: inAscii(hostname.toLowerCase()),
    path: path === '' ? undefined : await compiled(path),
    text: ruleText(index, hostname, path, withoutPassword(service)),
  };
}

/** cloudflared's patterns are Go's. One that is none matches nothing: the connector's own word is not to be trusted. */
async function compiled(path: string): Promise<RE2JS | { test(): boolean }> {
  const { RE2JS } = await import('re2js');
  try {
    return RE2JS.compile(path);
  } catch {
    return { test: () => false };
  }
}
