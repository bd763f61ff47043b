import { refusedOptions } from '../../../protocol/rule-checks.js';
import { messageOf } from '../../../runtime/errors.js';
import { parseCidr } from '../../network/ip-address.js';
import type { IngressRule } from '../objects.js';
import type { Problem } from '../state.types.js';
import type { Check } from './index.js';

type Finding = readonly [code: string, field: string | readonly (string | number)[] | undefined, message: string];

/** Ingress rules as cloudflared accepts them, with its own messages (docs/reference/api.md 5.3). */
export const checkIngress: Check = function* (_account, _before, suspects) {
  for (const [id, { config }] of suspects.configurations) {
    const rules = config.ingress;
    if (!rules) continue;
    const at = ['configurations', id, 'config', 'ingress'];
    if (rules.length === 0) {
      yield { path: at, code: 'no_ingress_rules', message: "The config file doesn't contain any ingress rules" };
    }
    for (const [index, rule] of rules.entries()) {
      for (const [code, field, message] of findings(rule, index, rules.length)) {
        const path = [...at, index, ...(field === undefined ? [] : [field].flat())];
        yield { path, code, message } satisfies Problem;
      }
    }
  }
};

function* findings(rule: IngressRule, index: number, count: number): Generator<Finding> {
  const hostname = rule.hostname ?? '';
  if (/^(?:[^:]*|\[.*\]):\d*$/.test(hostname)) {
    yield ['hostname_with_port', 'hostname', 'Hostname cannot contain a port'];
  } else if (!isHostnamePattern(hostname)) {
    yield [
      'bad_wildcard',
      'hostname',
      'Hostname patterns can have at most one wildcard character ("*") and it can only be used for subdomains, e.g. "*.example.com"',
    ];
  }
  const catchesAll = (hostname === '' || hostname === '*') && !rule.path;
  const isLast = index === count - 1;
  if (isLast && !catchesAll) {
    yield [
      'no_catch_all',
      undefined,
      'The last ingress rule must match all URLs (i.e. it should not have a hostname or path filter); add "- service: http_status:404" at the end',
    ];
  }
  if (!isLast && catchesAll) {
    yield [
      'early_catch_all',
      undefined,
      `Rule #${index + 1} is matching the hostname '${hostname}', but this will match every hostname, meaning the rules which follow it will never be triggered.`,
    ];
  }
  const regex = rule.path ? invalidRegex(rule.path) : undefined;
  if (regex !== undefined) yield ['bad_path', 'path', `Rule #${index + 1} has an invalid regex: ${regex}`];
  for (const { path, message } of refusedOptions(rule.originRequest, rule.service, isCidr))
    yield ['bad_origin_request', ['originRequest', ...path], message];
  const service = rule.originRequest?.bastionMode === true ? undefined : wrongService(rule.service);
  if (service !== undefined) yield ['bad_service', 'service', service];
}

function isCidr(text: string): boolean {
  return text.includes('/') && parseCidr(text) !== undefined;
}

function isHostnamePattern(hostname: string): boolean {
  const star = hostname.lastIndexOf('*');
  return star < 0 || hostname === '*' || (star === 0 && hostname.startsWith('*.'));
}

/** Services that are not URLs. */
const WORDS: ReadonlySet<string> = new Set(['hello_world', 'hello-world', 'helloworld', 'bastion', 'socks-proxy']);

function wrongService(service: string): string | undefined {
  if (WORDS.has(service) || /^unix(\+tls)?:./.test(service)) return undefined;
  if (service.startsWith('http_status:')) {
    const status = service.slice('http_status:'.length);
    return /^[1-9]\d\d$/.test(status) ? undefined : `invalid HTTP status: ${status} is not 100 to 999`;
  }
  // Not WHATWG's parser, which would complete "http:host" and accept a path silently.
  const match = /^([a-z][a-z0-9+.-]*):\/\/(\[[0-9a-f:.]+\]|[^/:?#\s@]+)(?::(\d*))?(.*)$/i.exec(service);
  if (!match || Number(match[3] ?? 0) > 65_535) {
    return `${service} is an invalid address, please make sure it has a scheme and a hostname, e.g. http://localhost:3000`;
  }
  return match[4] === ''
    ? undefined
    : `${service} is an invalid address, ingress rules don't support proxying to a different path on the origin service. The path will be the same as the eyeball request's path`;
}

/** What RE2 does not have, and JavaScript does. */
const NOT_RE2 = /\(\?(?:=|!|<=|<!)|\\[1-9]|\\k</;

/** RE2's syntax, checked with the language's own parser after taking away what only RE2 has. */
function invalidRegex(pattern: string): string | undefined {
  if (NOT_RE2.test(pattern.replaceAll('\\\\', ''))) return 'look-around and back-references are not supported';
  const common = pattern
    .replaceAll('(?P<', '(?<')
    .replaceAll(/\(\?[imsU]*(?:-[imsU]+)?\)/g, '')
    .replaceAll(/\(\?[imsU]*(?:-[imsU]+)?:/g, '(?:');
  try {
    new RegExp(common);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
