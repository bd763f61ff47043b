import { didYouMean } from '../runtime/did-you-mean.js';
import type { ExplainQuestion } from './control/control.types.js';
import { type AskedFrom, questionInvalid, vantageAsked } from './explained-request.js';
import type { PrivateRequest, PrivateView } from './forward/private/private.types.js';
import { parseAuthority } from './ingress/authority.js';
import type { AccessUser } from './state/objects.js';

const SCHEME = /^tcp:\/\//i;

/** What only HTTP requests have. */
const OF_REQUESTS = ['method', 'headers', 'http_version', 'failover'] as const;
/** What only connections into private networks have. */
const OF_CONNECTIONS = ['user', 'network'] as const;

/**
 * Whether a question is about a connection into a private network: `tcp://10.0.0.1:5432`.
 *
 * @throws EXPLAIN_INVALID when it says what belongs to the other kind
 */
export function asksForConnection(asked: ExplainQuestion): boolean {
  const isConnection = SCHEME.test(asked.url);
  const field = (isConnection ? OF_REQUESTS : OF_CONNECTIONS).find((name) => asked[name] !== undefined);
  if (field === undefined) return isConnection;
  const [what, other] = isConnection
    ? ['HTTP requests', 'an http or https URL']
    : ['connections into private networks', 'tcp://ADDRESS:PORT'];
  throw questionInvalid({ field, why: `only ${what} have it`, fix: `leave it out, or ask about ${other}` });
}

/**
 * A connection that is only asked about, in the form in which the on-ramp hands on real ones. No password is asked for.
 *
 * @throws EXPLAIN_INVALID with the field, or what the on-ramp cannot take: unknown data center, bad country, ...
 */
export function explainedConnection(asked: ExplainQuestion, view: PrivateView, from: AskedFrom): PrivateRequest {
  const { host, port } = targetOf(asked.url);
  const user = asked.user === undefined ? undefined : userOf(asked.user, view);
  const stands = user?.data_center;
  const vantage = vantageAsked(
    asked,
    [],
    from,
    stands === undefined ? undefined : { dataCenter: stands, why: `access.users: ${user?.email}` },
  );
  return {
    protocol: 'socks5',
    host,
    port,
    ...(user ? { user } : {}),
    ...(asked.network === undefined ? {} : { network: asked.network }),
    vantage,
  };
}

function targetOf(url: string): { readonly host: string; readonly port: number } {
  const authority = parseAuthority(url.replace(SCHEME, '').replace(/\/$/, ''));
  if (authority?.port !== undefined) return { host: authority.host.replace(/^\[|\]$/g, ''), port: authority.port };
  const fix = 'write an address or name, and a port: tcp://10.0.0.1:5432 or tcp://[fd00::1]:5432';
  throw questionInvalid({ field: 'url', why: `"${url}" is not tcp://HOST:PORT`, fix });
}

function userOf(email: string, { users }: PrivateView): AccessUser {
  const user = users.find(email);
  if (user) return user;
  const why = `no user of access.users has the e-mail address "${email}"${didYouMean(email, users.emails)}`;
  const fix = users.required ? 'ask for one of them' : 'add the user to access.users, or leave it out: there are none';
  throw questionInvalid({ field: 'user', why, fix });
}
