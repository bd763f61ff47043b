import { sameSecret } from '../../runtime/secrets.js';
import type { AccessUser } from '../state/objects.js';

/** What a user name at the on-ramp says. */
export interface NamedUser {
  /** Empty: nobody was named. */
  readonly email: string;
  /** Name of the virtual network; absent: the default one. */
  readonly network?: string;
}

/** Reads `alice@example.com+staging`. A plus in front of the @ is a part of the address. */
export function namedUser(text: string): NamedUser {
  const plus = text.indexOf('+', text.indexOf('@') + 1);
  return plus < 0 ? { email: text } : { email: text.slice(0, plus), network: text.slice(plus + 1) };
}

/** The people that the account knows. */
export interface AccessUsers {
  /** Whether anybody has to say who they are. */
  readonly required: boolean;
  /** In lower case. */
  readonly emails: Iterable<string>;
  find(email: string): AccessUser | undefined;
  /** The user whose password it is. One comparison, whoever is named: how long it takes tells nothing. */
  authenticate(email: string, password: string): AccessUser | undefined;
}

export function accessUsers(users: readonly AccessUser[]): AccessUsers {
  const byEmail = new Map(users.map((user) => [user.email.toLowerCase(), user]));
  const find = (email: string): AccessUser | undefined => byEmail.get(email.toLowerCase());
  return {
    required: byEmail.size > 0,
    emails: [...byEmail.keys()],
    find,
    authenticate(email, password) {
      const user = find(email);
      const same = sameSecret(password, user?.password ?? '');
      // No user has an empty password, but nobody is no user.
      return same ? user : undefined;
    },
  };
}
