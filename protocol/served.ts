/*
 * What of cloudflared's configuration our connector carries out. The edge tells it while it loads a file, the
 * connector when it is pushed one; both read it here.
 */

/** The keys of `originRequest` that our connector acts on. docs/configuration.md marks them, the edge warns of the others. */
export const EFFECTIVE_KEYS: readonly string[] = [
  'connectTimeout',
  'tlsTimeout',
  'noTLSVerify',
  'httpHostHeader',
  'originServerName',
];

/** The services that our connector serves, for people. */
export const SERVED = 'http://, https://, http_status:N or hello_world';

/** Something of a configuration that is good for cloudflared and that our connector does not do. */
export interface WithoutEffect {
  /** From `originRequest`. */
  readonly path: readonly (string | number)[];
  /** Reads on after the path. */
  readonly message: string;
}

const NO_EFFECT = "has no effect at colocal's connectors";

/** What of an `originRequest` is asked for in vain. Keys that only say cloudflared's default are not: they hold. */
export function* withoutEffect(originRequest: unknown): Generator<WithoutEffect> {
  if (typeof originRequest !== 'object' || originRequest === null) return;
  for (const [key, value] of Object.entries(originRequest)) {
    if (EFFECTIVE_KEYS.includes(key) || asksForNothing(value)) continue;
    if (key === 'access') {
      if (requiresAccess(value)) {
        yield { path: ['access', 'required'], message: `${NO_EFFECT}: they do not check Access tokens` };
      }
    } else if (key === 'ipRules') {
      yield { path: [key], message: `${NO_EFFECT}: they do not limit which addresses are reached` };
    } else {
      yield { path: [key], message: NO_EFFECT };
    }
  }
}

function requiresAccess(access: unknown): boolean {
  return (
    typeof access === 'object' && access !== null && (access as Readonly<Record<string, unknown>>).required === true
  );
}

function asksForNothing(value: unknown): boolean {
  return value === undefined || value === null || value === false || value === '';
}

/** Whether a rule's service is one of cloudflared's that our connector cannot carry: other schemes, sockets, proxies. */
export function isUnserved(service: string): boolean {
  if (/^(?:bastion|socks-proxy)$|^unix(?:\+tls)?:|^http_status:1\d\d$/.test(service)) return true;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/[^/?#]/i.exec(service)?.[1]?.toLowerCase();
  return scheme !== undefined && scheme !== 'http' && scheme !== 'https';
}
