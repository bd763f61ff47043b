import ipaddr from 'ipaddr.js';
import type { RE2JS } from 're2js';
import { refusedOptions } from '../../protocol/rule-checks.js';
import { inAscii, type MatchableRule } from '../../protocol/rule-match.js';
import { ruleText, withoutPassword } from '../../protocol/rule-text.js';
import { isUnserved, SERVED, withoutEffect } from '../../protocol/served.js';
import { DEFAULT_WARP_ROUTING, parseWarpRouting, type WarpRouting } from '../private/warp-routing.js';
import { DEFAULT_ORIGIN_REQUEST, type OriginRequest, parseOriginRequest } from './origin-request.js';
import { type ConfigurationPath, ConfigurationProblem, invalid, record } from './problem.js';
import { parseService, type Service, UNSERVED } from './service.js';

export interface IngressRule extends MatchableRule {
  /** How messages name it: `rule 2 (app.example.com -> http://127.0.0.1:9)`. */
  readonly text: string;
  readonly path: RE2JS | undefined;
  readonly service: Service;
  readonly originRequest: OriginRequest;
}

/** cloudflared's configuration document, checked and ready for use. */
export interface IngressConfiguration {
  readonly rules: readonly IngressRule[];
  readonly warpRouting: WarpRouting;
  /** What has no effect here, and services that are answered 502. */
  readonly warnings: readonly ConfigurationProblem[];
}

export interface CompileOptions {
  /**
   * What a service of cloudflared's that this connector cannot carry means: `refuse` the document, or `answer` 502
   * to its requests, so that one rule does not take the others with it. Default `refuse`.
   */
  readonly unserved?: 'refuse' | 'answer';
}

/** Before any configuration: no rule, so that every request is answered 503 (docs/reference/cloudflared-wire.md 6). */
export const NO_INGRESS: IngressConfiguration = {
  rules: [],
  warpRouting: DEFAULT_WARP_ROUTING,
  warnings: [],
};

/**
 * Checks and compiles a configuration document (docs/reference/api.md 5.3).
 *
 * @throws ConfigurationProblem with the place; the messages that cloudflared has are cloudflared's.
 */
export async function compileIngress(
  document: unknown,
  { unserved = 'refuse' }: CompileOptions = {},
): Promise<IngressConfiguration> {
  const config = record(document, []);
  const base = await parseOriginRequest(config.originRequest, ['originRequest'], DEFAULT_ORIGIN_REQUEST);
  const list = config.ingress ?? [];
  if (!Array.isArray(list)) throw invalid(['ingress'], 'ingress is a list of rules');
  const rules: IngressRule[] = [];
  const warnings = [...inVain(config.originRequest, ['originRequest'])];
  const warpRouting = parseWarpRouting(config['warp-routing'], warnings);
  const context = { count: list.length, base, unserved, warnings };
  for (const [index, item] of list.entries()) rules.push(await compileRule(item, index, context));
  return { rules, warpRouting, warnings };
}

interface Context {
  readonly count: number;
  readonly base: OriginRequest;
  readonly unserved: 'refuse' | 'answer';
  readonly warnings: ConfigurationProblem[];
}

async function compileRule(item: unknown, index: number, context: Context): Promise<IngressRule> {
  const { count, base, warnings } = context;
  const at: ConfigurationPath = ['ingress', index];
  const rule = record(item, at);
  const hostname = optionalText(rule.hostname, [...at, 'hostname']).toLowerCase();
  const pattern = optionalText(rule.path, [...at, 'path']);
  checkHostname(hostname, [...at, 'hostname']);
  const catchesAll = (hostname === '' || hostname === '*') && pattern === '';
  const last = index === count - 1;
  if (last && !catchesAll) {
    throw invalid(at, 'The last ingress rule must match all URLs (i.e. it should not have a hostname or path filter)');
  }
  if (!last && catchesAll) {
    throw invalid(
      at,
      `Rule #${index + 1} is matching the hostname '${hostname}', but this will match every hostname, ` +
        'meaning the rules which follow it will never be triggered.',
    );
  }
  for (const { path, message } of refusedOptions(rule.originRequest, rule.service, ipaddr.isValidCIDR))
    throw invalid([...at, 'originRequest', ...path], message);
  warnings.push(...inVain(rule.originRequest, [...at, 'originRequest']));
  const originRequest = await parseOriginRequest(rule.originRequest, [...at, 'originRequest'], base);
  const service = serviceOf(rule, [...at, 'service'], originRequest, context);
  return {
    hostname: inAscii(hostname),
    text: ruleText(
      index,
      hostname,
      pattern,
      service.kind === 'bastion' ? service.kind : withoutPassword(String(rule.service)),
    ),
    path: pattern === '' ? undefined : await compilePattern(pattern, index, [...at, 'path']),
    service,
    originRequest,
  };
}

function serviceOf(
  { service }: Record<string, unknown>,
  path: ConfigurationPath,
  { bastionMode }: OriginRequest,
  { unserved, warnings }: Context,
): Service {
  if (bastionMode && isAddress(service)) return { kind: 'bastion' };
  if (unserved === 'refuse' || !(typeof service === 'string' && isUnserved(service)))
    return parseService(service, path);
  try {
    return parseService(service, path);
  } catch (error) {
    if (!(error instanceof ConfigurationProblem)) throw error;
    warnings.push(invalid(path, `${service} is not served by this connector, so it answers 502: use ${SERVED}`));
    return UNSERVED;
  }
}

/** Whether cloudflared would read the service as an address: with bastionMode it does not look at it. */
function isAddress(service: unknown): boolean {
  return !(
    typeof service === 'string' && /^(?:unix(?:\+tls)?:|http_status:|hello[_-]?world$|socks-proxy$)/.test(service)
  );
}

function* inVain(originRequest: unknown, at: ConfigurationPath): Generator<ConfigurationProblem> {
  for (const { path, message } of withoutEffect(originRequest)) yield invalid([...at, ...path], message);
}

function optionalText(value: unknown, path: ConfigurationPath): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw invalid(path, `${path.at(-1)} is text`);
  return value;
}

function checkHostname(hostname: string, path: ConfigurationPath): void {
  if (hostname.includes(':')) throw invalid(path, 'Hostname cannot contain a port');
  if (hostname.lastIndexOf('*') > 0 || (hostname.startsWith('*') && hostname !== '*' && !hostname.startsWith('*.'))) {
    throw invalid(
      path,
      'Hostname patterns can have at most one wildcard character ("*") and it can only be used for subdomains, e.g. "*.example.com"',
    );
  }
}

/** cloudflared's patterns are Go's: RE2, linear in time whatever the pattern. Loaded only when a rule has a path. */
async function compilePattern(pattern: string, index: number, path: ConfigurationPath): Promise<RE2JS> {
  const { RE2JS } = await import('re2js');
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw invalid(path, `Rule #${index + 1} has an invalid regex: ${why}`);
  }
}
