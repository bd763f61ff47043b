import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadBalancer, pool, STAGING, TOKYO, testState, ZONE } from '../state/account.fixture.js';
import type { Draft } from '../state/state.types.js';
import { ValidationError } from '../state/validation-error.js';
import { compileSnapshot, SnapshotCompiler } from './compile.js';
import type { CompiledLoadBalancer, HostTarget, SteeringSnapshot } from './snapshot.types.js';

const one = fc.constantFrom;
const NAMES = ['example.com', 'a.example.com', 'b.a.example.com', '*.example.com', '*.a.example.com'] as const;
const HOSTS = [
  ...NAMES,
  'x.example.com',
  'x.a.example.com',
  'x.b.a.example.com',
  ...[TOKYO, STAGING].map((id) => `${id}.cfargotunnel.com`),
];
const POOLS = ['one', 'two'] as const;
const ADDRESSES = ['10.0.0.1', '10.0.0.2'] as const;
const APPLICATIONS = ['one', 'two'] as const;
const CONTENTS = ['192.0.2.1', '192.0.2.2', `${TOKYO}.cfargotunnel.com`] as const;

type Write = (draft: Draft) => void;

const poolWrite: fc.Arbitrary<Write> = fc.record({ name: one(...POOLS), enabled: fc.boolean() }).map(
  ({ name, enabled }): Write =>
    (draft) =>
      draft.put('pools', pool(name, { enabled })),
);

const write: fc.Arbitrary<Write> = fc.oneof(
  fc
    .record({ name: one(...NAMES), id: one('1', '2'), to: one(...POOLS), enabled: fc.boolean(), proxied: fc.boolean() })
    .map(
      ({ id, name, to, ...part }): Write =>
        (draft) =>
          draft.put('load_balancers', {
            ...loadBalancer(name, [`pool ${to}`]),
            session_affinity: 'cookie',
            id: `lb ${id}`,
            ...part,
          }),
    ),
  fc.record({ name: one(...NAMES), id: one('1', '2', '3'), content: one(...CONTENTS), proxied: fc.boolean() }).map(
    ({ id, content, ...part }): Write =>
      (draft) =>
        draft.put('dns_records', {
          id: `record ${id}`,
          zone_id: ZONE,
          type: content.startsWith('192') ? 'A' : 'CNAME',
          content,
          ...part,
        }),
  ),
  poolWrite,
  fc.record({ id: one(TOKYO, STAGING), name: one('first', 'second') }).map(
    (tunnel): Write =>
      (draft) =>
        draft.put('tunnels', tunnel),
  ),
  fc.boolean().map(
    (always_use_https): Write =>
      (draft) =>
        draft.put('zones', { id: ZONE, name: 'example.com', settings: { always_use_https } }),
  ),
  one('lb 1', 'lb 2').map(
    (id): Write =>
      (draft) =>
        draft.delete('load_balancers', id),
  ),
  one('record 1', 'record 2', 'record 3').map(
    (id): Write =>
      (draft) =>
        draft.delete('dns_records', id),
  ),
  one(TOKYO, STAGING).map(
    (id): Write =>
      (draft) =>
        draft.delete('tunnels', id),
  ),
);

/** What leads connections: private load balancers, and Spectrum applications. */
const connectionWrite: fc.Arbitrary<Write> = fc.oneof(
  poolWrite,
  fc.record({ id: one('1', '2'), to: one(...POOLS), enabled: fc.boolean() }).map(
    ({ id, to, ...part }): Write =>
      (draft) =>
        draft.put('load_balancers', { ...loadBalancer(`x${id}.example.com`, [`pool ${to}`]), id: `lb ${id}`, ...part }),
  ),
  fc.record({ address: one(...ADDRESSES), id: one('3', '4'), to: one(...POOLS), enabled: fc.boolean() }).map(
    ({ id, to, ...part }): Write =>
      (draft) =>
        draft.put('load_balancers', {
          ...loadBalancer(`private-${id}.internal`, [`pool ${to}`]),
          zone_id: '',
          id: `lb ${id}`,
          ...part,
        }),
  ),
  fc.record({ name: one(...APPLICATIONS), to: one('1', '2') }).map(
    ({ name, to }): Write =>
      (draft) =>
        draft.put('spectrum', { id: `app ${name}`, name, listen: '127.0.0.1:0', load_balancer_id: `lb ${to}` }),
  ),
  one(...APPLICATIONS).map(
    (name): Write =>
      (draft) =>
        draft.delete('spectrum', `app ${name}`),
  ),
  one('lb 1', 'lb 2', 'lb 3', 'lb 4').map(
    (id): Write =>
      (draft) =>
        draft.delete('load_balancers', id),
  ),
);

describe('an account that is compiled change by change', () => {
  test('is what it is compiled whole', () => sameAsWhole(write, () => undefined));

  test('is that for connections too', () =>
    sameAsWhole(connectionWrite, (draft) => {
      for (const id of ['1', '2']) {
        draft.put('load_balancers', { ...loadBalancer(`x${id}.example.com`, ['pool one']), id: `lb ${id}` });
      }
    }));

  test('is compiled whole when it is not known what changed', () => {
    const { state } = testState();
    const compiler = new SnapshotCompiler();
    compiler.compile(state.read());
    state.transact('api', (draft) => {
      draft.put('zones', { id: ZONE, name: 'example.com' });
      draft.put('pools', pool('one'));
      draft.put('load_balancers', loadBalancer('app.example.com', ['pool one']));
    });
    expect(compiler.compile(state.read()).find('app.example.com')).toBeDefined();
  });

  test('keeps no session of an account whose token is another', () => {
    const { state } = testState();
    state.transact('api', (draft) => {
      draft.put('zones', { id: ZONE, name: 'example.com' });
      draft.put('pools', pool('one'));
      draft.put('load_balancers', loadBalancer('app.example.com', ['pool one']));
    });
    const compiler = new SnapshotCompiler();
    const before = compiler.compile(state.read());
    state.subscribe((event) => compiler.compile(event.after, event));
    state.transact('api', (draft) => draft.assign({ account: { ...state.read().account, api_token: 'u'.repeat(40) } }));
    const after = compiler.compile(state.read());
    expect(after.find('app.example.com')).not.toBe(before.find('app.example.com'));
  });
});

/** Compares after each transaction, and at the end whether what was compiled earlier is what it was. */
function sameAsWhole(writes: fc.Arbitrary<Write>, start: Write): void {
  fc.assert(
    fc.property(fc.array(fc.array(writes, { minLength: 1, maxLength: 3 }), { maxLength: 25 }), (sequence) => {
      const { state } = testState();
      state.transact('api', (draft) => {
        draft.put('zones', { id: ZONE, name: 'example.com' });
        for (const name of POOLS) draft.put('pools', pool(name));
        start(draft);
      });
      const compiler = new SnapshotCompiler();
      let snapshot = compiler.compile(state.read());
      state.subscribe((event) => {
        snapshot = compiler.compile(event.after, event);
      });
      const earlier: (readonly [SteeringSnapshot, unknown])[] = [];
      for (const writes of sequence) {
        attempt(() =>
          state.transact('api', (draft) => {
            for (const each of writes) each(draft);
          }),
        );
        expect(described(snapshot)).toEqual(described(compileSnapshot(state.read())));
        earlier.push([snapshot, described(snapshot)]);
      }
      for (const [then, what] of earlier) expect(described(then)).toEqual(what);
    }),
    { numRuns: 60 },
  );
}

/** Refused changes change nothing. */
function attempt(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
  }
}

/** All that can be told apart of a snapshot, in comparable form. */
function described({ names, find, findPrivate, findTcp, revision }: SteeringSnapshot): unknown {
  const balancer = (target: CompiledLoadBalancer | undefined): unknown => target && shownBalancer(target);
  return {
    revision,
    names,
    hosts: HOSTS.map((host) => [host, shown(find(host))]),
    privates: ADDRESSES.map((address) => [address, balancer(findPrivate(address))]),
    applications: APPLICATIONS.map((name) => [name, balancer(findTcp(`app ${name}`))]),
  };
}

function shown(target: HostTarget | undefined): unknown {
  if (target?.kind === 'load_balancer') return shownBalancer(target.target);
  return JSON.parse(JSON.stringify(target ?? null));
}

function shownBalancer({ loadBalancer: object, opening, settingsFor }: CompiledLoadBalancer): unknown {
  const settings = settingsFor(undefined, []);
  const facts = { dataCenter: 'NRT', dataCenterCountry: 'JP', region: 'NEAS' } as Parameters<typeof settings.lists>[0];
  const { candidates } = settings.lists(facts);
  const pools = candidates.map(({ pool: { pool: each } }) => each);
  return { object, opening, pools, fallback: settings.fallback?.pool, cookie: settings.affinity?.cookieAttributes };
}
