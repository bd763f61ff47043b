import { domainToASCII } from 'node:url';

/** A rule as far as it says which requests it is for. */
export interface MatchableRule {
  /** Lower case; empty or `*` matches every name, `*.example.com` every name below. */
  readonly hostname: string;
  /** Undefined: every path. */
  readonly path: { test(path: string): boolean } | undefined;
}

/** What a Host header has for a name that is written in another script; cloudflared matches it too. */
export function inAscii(hostname: string): string {
  const [, star = '', name = hostname] = /^(\*\.)(.*)$/.exec(hostname) ?? [];
  return `${star}${domainToASCII(name) || name}`;
}

/** The rule that serves a request: the first that matches. Undefined only when there are no rules. */
export function matchRule<Rule extends MatchableRule>(
  rules: readonly Rule[],
  authority: string,
  path: string,
): Rule | undefined {
  const host = hostnameOf(authority);
  for (const rule of rules) {
    if (matchesHost(rule.hostname, host) && (!rule.path || rule.path.test(decodedPath(path)))) return rule;
  }
  return undefined;
}

function matchesHost(pattern: string, host: string): boolean {
  if (pattern === '' || pattern === '*' || pattern === host) return true;
  return pattern.startsWith('*.') && host.endsWith(pattern.slice(1));
}

/** The name of a Host header, in lower case and without the port. */
export function hostnameOf(authority: string): string {
  const colon = authority.lastIndexOf(':');
  const host = colon > authority.lastIndexOf(']') ? authority.slice(0, colon) : authority;
  return host.toLowerCase();
}

/** Patterns see the path as cloudflared's do: decoded and without the query. */
function decodedPath(path: string): string {
  const query = path.indexOf('?');
  const plain = query === -1 ? path : path.slice(0, query);
  if (!plain.includes('%')) return plain;
  try {
    return decodeURIComponent(plain);
  } catch {
    // Escapes that are not UTF-8 cannot be shown to a pattern in any better way.
    return plain;
  }
}
