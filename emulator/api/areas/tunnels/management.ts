import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import * as z from 'zod';
import type { ApiDeps } from '../../api.types.js';
import type { Call, Endpoint } from '../../endpoint.js';
import { apiError, couldNotRoute } from '../../errors.js';
import { liveTunnel } from './find.js';

const RESOURCES: ReadonlySet<string> = new Set(['logs', 'admin', 'host_details']);
/** Seconds of model time that a token holds. */
const LIFETIME = 3600;

/** Tokens for cloudflared's `tail` and `diag` (docs/reference/api.md 2.4). */
export function managementEndpoints(base: string, deps: ApiDeps): readonly Endpoint[] {
  const issuer = new ManagementTokens();
  const tokenFor = (call: Call, resources: readonly string[]): string => {
    const account = deps.state.read();
    const { id } = liveTunnel(account, call, 'cfd_tunnel');
    return issuer.sign({
      tun: { id, account_tag: account.account.id },
      actor: { id: account.account.id, support: false },
      resources,
      iss: 'colocal',
      iat: Math.floor(deps.now() / 1000),
      exp: Math.floor(deps.now() / 1000) + LIFETIME,
    });
  };
  const partly = 'The token is signed and well formed, and nothing here streams the logs that it is for';
  return [
    {
      method: 'POST',
      path: `${base}/:id/management`,
      summary: 'A token for what a connector tells of itself',
      partly,
      body: z.object({ resources: z.array(z.enum(['logs', 'admin', 'host_details'])) }),
      result: z.string(),
      handle: (call) => {
        const { resources } = call.body;
        if (!Array.isArray(resources) || resources.length === 0 || !resources.every((each) => RESOURCES.has(each))) {
          throw apiError(400, 1000, `resources must be a list of ${[...RESOURCES].join(', ')}`);
        }
        return { result: tokenFor(call, resources) };
      },
    },
    {
      method: 'POST',
      path: `${base}/:id/management/:resource`,
      summary: 'The same for one resource, as cloudflared asks for it',
      partly,
      result: z.string(),
      handle: (call) => {
        const resource = call.param('resource');
        if (!RESOURCES.has(resource)) throw couldNotRoute(call.path);
        return { result: tokenFor(call, [resource]) };
      },
    },
  ];
}

/** JSON Web Tokens in the one form that cloudflared reads: ES256. The key is made when it is first needed, and never kept. */
class ManagementTokens {
  private key: KeyObject | undefined;

  sign(claims: object): string {
    this.key ??= generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const signed = [{ alg: 'ES256', typ: 'JWT' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const signature = sign('sha256', Buffer.from(signed), { key: this.key, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }
}
