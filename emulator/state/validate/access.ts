import { didYouMean } from '../../../runtime/did-you-mean.js';
import { DATA_CENTERS } from '../../geo/data-centers.js';
import { parseNetwork } from '../addresses.js';
import { problemsOf } from '../issues.js';
import type { AccessPolicy, AccessUser } from '../objects.js';
import { accessSchema } from '../schemas/access.js';
import type { Problem } from '../state.types.js';
import type { Check } from './index.js';

type Path = Problem['path'];

/** The people of the organisation, and what policies say of them. Virtual networks are checked with the references. */
export const checkAccess: Check = function* ({ access }) {
  const parsed = accessSchema.safeParse(access);
  if (!parsed.success) {
    yield* problemsOf(parsed.error.issues, access, ['access']);
    return;
  }
  yield* checkUsers(access.users);
  const emails = new Set(access.users.map(({ email }) => email.toLowerCase()));
  const groups = new Set(access.users.flatMap((user) => user.groups));
  const names = new Set<string>();
  for (const [index, policy] of access.policies.entries()) {
    const at = ['access', 'policies', index];
    if (names.has(policy.name)) yield twice([...at, 'name'], policy.name, 'policy');
    names.add(policy.name);
    yield* checkPeople(policy, at, emails, groups);
    for (const [place, text] of (policy.destinations ?? []).entries()) {
      const network = parseNetwork(text);
      if (!('problem' in network)) continue;
      yield { path: [...at, 'destinations', place], code: 'invalid_network', message: network.problem };
    }
  }
};

function* checkUsers(users: readonly AccessUser[]): Generator<Problem> {
  const seen = new Set<string>();
  for (const [index, { email, data_center }] of users.entries()) {
    const key = email.toLowerCase();
    if (seen.has(key)) yield twice(['access', 'users', index, 'email'], email, 'user');
    seen.add(key);
    if (data_center === undefined || DATA_CENTERS.has(data_center)) continue;
    yield {
      path: ['access', 'users', index, 'data_center'],
      code: 'unknown_data_center',
      message: `must be the code of a data center, e.g. NRT; it is ${JSON.stringify(data_center)}`,
    };
  }
}

/** A name that nobody has is a slip of the pen, and would block, or let through, whoever was meant. */
function* checkPeople(
  policy: AccessPolicy,
  at: Path,
  emails: ReadonlySet<string>,
  groups: ReadonlySet<string>,
): Generator<Problem> {
  for (const [index, text] of (policy.users ?? []).entries()) {
    if (emails.has(text.toLowerCase())) continue;
    const message = `is ${JSON.stringify(text)}, but no user has that e-mail address${hint(text, emails, 'there is none yet: add access.users')}`;
    yield { path: [...at, 'users', index], code: 'unknown_user', message };
  }
  for (const [index, text] of (policy.groups ?? []).entries()) {
    if (groups.has(text)) continue;
    const message = `is ${JSON.stringify(text)}, but no user is in that group${hint(text, groups, 'nobody is in any: give groups to users of access.users')}`;
    yield { path: [...at, 'groups', index], code: 'unknown_group', message };
  }
}

function hint(text: string, known: ReadonlySet<string>, none: string): string {
  if (known.size === 0) return `; ${none}`;
  const suggestion = didYouMean(text, known);
  return `${suggestion}${suggestion === '' ? ';' : ''} there ${known.size === 1 ? 'is' : 'are'}: ${[...known].join(', ')}`;
}

function twice(path: Path, name: string, what: string): Problem {
  return { path, code: 'not_unique', message: `must be unique; another ${what} has the name ${JSON.stringify(name)}` };
}
