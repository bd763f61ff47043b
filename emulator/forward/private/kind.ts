import type { ConnectionKind } from '../connection/steps.js';
import type { PrivateRequest } from './private.types.js';

/** What the record of a connection into a private network says of it from the beginning. */
export function kindOf({ host, port, user, protocol }: PrivateRequest): ConnectionKind {
  return {
    host,
    httpVersion: protocol === 'connect' ? '1.1' : '',
    privateNetwork: { protocol, port, ...(user ? { user: user.email } : {}) },
  };
}
