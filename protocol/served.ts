/*
 * What of cloudflared's configuration our connector carries out. The edge tells it while it loads a file, the
 * connector when it is pushed one; both read it here.
 */

/** The keys of `originRequest` that our connector acts on. docs/configuration.md marks them, the edge warns of the others. */
export const EFFECTIVE_KEYS: readonly string[] = [
  'connectTimeout',
  'tlsTimeout',
  'tcpKeepAlive',
  'keepAliveTimeout',
  'keepAliveConnections',
  'noHappyEyeballs',
  'noTLSVerify',
  'caPool',
  'originServerName',
  'matchSNItoHost',
  'httpHostHeader',
  'http2Origin',
  'disableChunkedEncoding',
  'bastionMode',
];

/** The services that our connector serves, for people. */
export const SERVED =
  'http://, https://, tcp://, ssh://, rdp://, smb://, unix:/PATH, unix+tls:/PATH, bastion, http_status:N or hello_world';

/**
 * Ports of the services that are TCP over WebSocket, where the service names none: cloudflared's. Another scheme is
 * TCP too, and needs a port.
 */
export const TCP_PORTS: Readonly<Record<string, number>> = { ssh: 22, rdp: 3389, smb: 445, tcp: 7864 };

/** Schemes of services that are spoken to in HTTP; `ws` and `wss` mean `http` and `https`, as for cloudflared. */
export const HTTP_SCHEMES: Readonly<Record<string, 'http' | 'https'>> = {
  http: 'http',
  https: 'https',
  ws: 'http',
  wss: 'https',
};

/** Something of a configuration that is good for cloudflared and that our connector does not do. */
export interface WithoutEffect {
  /** From `originRequest`. */
  readonly path: readonly (string | number)[];
  /** Reads on after the path. */
  readonly message: string;
}

const NO_EFFECT = "has no effect at colocal's connectors";

/** cloudflared's, of keys without effect, where that is not empty. */
const DEFAULTS: Readonly<Record<string, unknown>> = { proxyAddress: '127.0.0.1' };

/** What of an `originRequest` is asked for in vain. Keys that only say cloudflared's default are not: they hold. */
export function* withoutEffect(originRequest: unknown): Generator<WithoutEffect> {
  if (typeof originRequest !== 'object' || originRequest === null) return;
  for (const [key, value] of Object.entries(originRequest)) {
    if (EFFECTIVE_KEYS.includes(key) || asksForNothing(value) || value === DEFAULTS[key]) continue;
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

/** The same of `warp-routing`; paths are from there. */
export function* warpWithoutEffect(warpRouting: unknown): Generator<WithoutEffect> {
  if (typeof warpRouting !== 'object' || warpRouting === null) return;
  if ((warpRouting as Readonly<Record<string, unknown>>).enabled !== false) return;
  const message = "has no effect, as in cloudflared: the tunnel's routes decide which private addresses are reached";
  yield { path: ['enabled'], message };
}

function requiresAccess(access: unknown): boolean {
  return (
    typeof access === 'object' && access !== null && (access as Readonly<Record<string, unknown>>).required === true
  );
}

function asksForNothing(value: unknown): boolean {
  return value === undefined || value === null || value === false || value === '' || value === 0;
}

/** Whether a rule's service is one of cloudflared's that our connector cannot carry: SOCKS proxies, schemes of no known port, and interim statuses. */
export function isUnserved(service: string): boolean {
  if (/^socks-proxy$|^http_status:1\d\d$/.test(service)) return true;
  const [, scheme, authority = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]+)/i.exec(service) ?? [];
  if (scheme === undefined) return false;
  const known = scheme.toLowerCase();
  return !(Object.hasOwn(HTTP_SCHEMES, known) || Object.hasOwn(TCP_PORTS, known) || /:\d+$/.test(authority));
}
