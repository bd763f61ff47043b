import { beforeEach, describe, expect, test } from 'vitest';
import { createState } from '../state/state.js';
import type { AccountState } from '../state/state.types.js';
import type { Connection } from './connection.js';
import { ConfigurationPush } from './push.js';
import { TunnelRegistry } from './registry.js';

const REMOTE = '11111111-2222-4333-8444-555555555555';
const LOCAL = '99999999-2222-4333-8444-555555555555';
const SECRET = Buffer.alloc(32, 1).toString('base64');
const OTHER_SECRET = Buffer.alloc(32, 2).toString('base64');

type Pushed = Parameters<Connection['configure']>;
type Fake = Connection & { readonly pushed: Pushed[]; readonly closings: string[] };

describe('the configuration of connectors', () => {
  let state: AccountState;
  let registry: TunnelRegistry;
  let push: ConfigurationPush;
  let answers: string[];
  let answer: (version: number) => Promise<number>;

  beforeEach(() => {
    state = createState({
      clock: { now: () => 0 },
      account: { id: 'a'.repeat(32), name: 'a', api_token: 'x'.repeat(40) },
    });
    state.transact('api', (draft) => {
      draft.put('tunnels', { id: REMOTE, name: 'remote', tunnel_secret: SECRET, config_src: 'cloudflare' });
      draft.put('tunnels', { id: LOCAL, name: 'local', tunnel_secret: SECRET, config_src: 'local' });
      draft.put('configurations', { id: REMOTE, config: { ingress: [{ service: 'http_status:404' }] } });
      draft.put('routes', { network: '10.1.0.0/16', tunnel_id: REMOTE });
    });
    answers = [];
    answer = async (version) => version;
    registry = new TunnelRegistry(() => 0);
    push = new ConfigurationPush(state.read, registry, {
      applied: ({ id }, version) => answers.push(`${id} has version ${version}`),
      failed: ({ id }, error) => answers.push(`${id} refused: ${error}`),
    });
    state.subscribe((event) => push.follow(event));
  });

  function connect(tunnelId: string, id = 'connection'): Fake {
    const pushed: Pushed[] = [];
    const closings: string[] = [];
    const connection = {
      id,
      tunnelId,
      connectorId: id,
      index: 0,
      pushed,
      closings,
      configure: (...args: Pushed) => {
        pushed.push(args);
        return answer(args[0]);
      },
      close: (reason: string) => closings.push(reason),
    } as unknown as Fake;
    registry.add(connection);
    return connection;
  }

  test('is pushed with the networks that are routed to the tunnel; the answer is told', async () => {
    const connection = connect(REMOTE);
    await push.push(connection);
    expect(connection.pushed).toEqual([
      [1, expect.objectContaining({ ingress: [{ service: 'http_status:404' }] }), ['10.1.0.0/16']],
    ]);
    expect(answers).toEqual(['connection has version 1']);
  });

  test('that is the connector’s own is left to it; its networks are not', async () => {
    state.transact('api', (draft) => draft.put('routes', { network: '10.2.0.0/16', tunnel_id: LOCAL }));
    const connection = connect(LOCAL);
    await push.push(connection);
    expect(connection.pushed).toEqual([[0, null, ['10.2.0.0/16']]]);
  });

  test('that a connector refuses is told, and nothing is thrown', async () => {
    answer = async () => Promise.reject(new Error('no catch-all rule'));
    await push.push(connect(REMOTE));
    expect(answers).toEqual(['connection refused: no catch-all rule']);
  });

  test('follows changes of rules and routes, for those whom they concern', () => {
    const [remote, local] = [connect(REMOTE, 'remote'), connect(LOCAL, 'local')];
    state.transact('api', (draft) =>
      draft.put('configurations', { id: REMOTE, config: { ingress: [{ service: 'http_status:418' }] } }),
    );
    expect(remote.pushed).toEqual([
      [2, expect.objectContaining({ ingress: [{ service: 'http_status:418' }] }), ['10.1.0.0/16']],
    ]);
    expect(local.pushed).toEqual([]);

    // A route that changes hands concerns both.
    const [route] = state.read().routes.values();
    state.transact('api', (draft) =>
      draft.put('routes', { id: route?.id ?? '', network: '10.1.0.0/16', tunnel_id: LOCAL }),
    );
    expect(remote.pushed.at(-1)?.[2]).toEqual([]);
    expect(local.pushed.at(-1)?.[2]).toEqual(['10.1.0.0/16']);

    state.transact('api', (draft) => draft.delete('routes', route?.id ?? ''));
    expect(local.pushed.at(-1)?.[2]).toEqual([]);
    expect([remote.pushed.length, local.pushed.length]).toEqual([2, 2]);
  });

  test.each([
    ['the tunnel was deleted', () => state.transact('api', (draft) => draft.delete('tunnels', LOCAL))],
    [
      'the source of the configuration was changed',
      () =>
        state.transact('api', (draft) =>
          draft.put('tunnels', { id: LOCAL, name: 'local', tunnel_secret: SECRET, config_src: 'cloudflare' }),
        ),
    ],
  ])('%s: its connections are closed, and nobody else’s', (reason, change) => {
    const [remote, local] = [connect(REMOTE, 'remote'), connect(LOCAL, 'local')];
    change();
    expect(local.closings).toEqual([reason]);
    expect(remote.closings).toEqual([]);
  });

  test('a local tunnel that gets a configuration keeps its connections, and they get it', () => {
    const local = connect(LOCAL, 'local');
    state.transact('api', (draft) => {
      draft.put('tunnels', { id: LOCAL, name: 'local', tunnel_secret: SECRET, config_src: 'cloudflare' });
      draft.put('configurations', { id: LOCAL, config: { ingress: [{ service: 'http_status:418' }] } });
    });
    expect(local.closings).toEqual([]);
    expect(local.pushed).toEqual([[1, { ingress: [{ service: 'http_status:418' }] }, []]]);
  });

  test('a new name or secret changes nothing for who is here', () => {
    const local = connect(LOCAL);
    state.transact('api', (draft) =>
      draft.put('tunnels', { id: LOCAL, name: 'renamed', tunnel_secret: OTHER_SECRET, config_src: 'local' }),
    );
    expect([local.closings, local.pushed]).toEqual([[], []]);
  });
});
