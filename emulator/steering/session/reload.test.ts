import { expect, test } from 'vitest';
import type { LoadBalancer } from '../../state/objects.js';
import { account, loadBalancer, origin, pool, record } from '../account.fixture.js';
import { compileSnapshot } from '../compile.js';
import { address, answer, cookieOf, decideBy, first, HOST, sentBack } from '../decision.fixture.js';

const sticky: Partial<LoadBalancer> = { session_affinity: 'cookie', steering_policy: 'random' };
const p = pool('p', [origin('a'), origin('b')]);
const q = pool('q', [origin('c'), origin('d')]);
const before = account({ pools: [p, q], loadBalancers: [loadBalancer(HOST, ['p', 'q'], sticky)] });

test.each([
  ['a record is added', { records: [record('www.example.com', 'A', '192.0.2.1')] }],
  ['another load balancer and its pool are added', { pools: [p, q, pool('z', [origin('z')])], more: ['z'] }],
  ['a pool of the load balancer gets another endpoint', { pools: [pool('p', [origin('new'), ...p.origins]), q] }],
  ['objects are replaced by equal ones', { pools: [{ ...p }, { ...q }] }],
])('sessions go on when %s', (_what, { pools = [p, q], records = [], more }: Changed) => {
  const after = compileSnapshot(
    account({
      pools,
      records,
      loadBalancers: [...(more ? [loadBalancer('z.example.com', more)] : []), loadBalancer(HOST, ['p', 'q'], sticky)],
    }),
  );
  for (let client = 0; client < 20; client++) {
    const facts = { clientIp: address(client) };
    const { to, session } = answer(decideBy(compileSnapshot(before), { seed: client, facts }));
    const cookie = sentBack(cookieOf(session));
    for (let seed = 0; seed < 5; seed++) expect(first(decideBy(after, { seed, facts: cookie }))).toBe(to);
  }
});

interface Changed {
  readonly pools?: (typeof p)[];
  readonly records?: ReturnType<typeof record>[];
  readonly more?: string[];
}
