import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Tunnel } from '../state/objects.js';
import type { Connection } from './connection.js';
import { TunnelStatuses, tunnelStatus } from './status.js';

type Link = Pick<Connection, 'connectorId' | 'index' | 'leaving'>;

/** Connections of a connector by their numbers. */
function links(connectorId: string, numbers: readonly number[] = [0, 1, 2, 3], leaving = false): Link[] {
  return numbers.map((index) => ({ connectorId, index, leaving }));
}

describe('the status of a tunnel', () => {
  test.each([
    ['never connected', [], false, 'inactive'],
    ['no longer connected', [], true, 'down'],
    ['one connector with its four connections', links('a'), true, 'healthy'],
    ['a connection missing', links('a', [0, 1, 3]), true, 'degraded'],
    ['two replicas', [...links('a'), ...links('b')], true, 'healthy'],
    ['a replica misses a connection', [...links('a'), ...links('b', [1, 2, 3])], true, 'degraded'],
    ['four connections of two connectors', [...links('a', [0, 1]), ...links('b', [0, 1])], true, 'degraded'],
    ['a replica leaves', [...links('a'), ...links('b', [2, 3], true)], true, 'healthy'],
    ['the only connector leaves', links('a', undefined, true), true, 'degraded'],
    ['a connection beside the one it replaces', [...links('a'), ...links('a', [2])], true, 'healthy'],
    ['four times the same connection', links('a', [2, 2, 2, 2]), true, 'degraded'],
  ] as const)('%s', (_, connections, wasConnected, status) => {
    expect(tunnelStatus(connections, wasConnected)).toBe(status);
  });

  test('does not depend on the order of connections, and is down or inactive only without any', () => {
    const link = fc.record({
      connectorId: fc.constantFrom('a', 'b'),
      index: fc.integer({ min: 0, max: 3 }),
      leaving: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(link), fc.boolean(), (connections, was) => {
        const status = tunnelStatus(connections, was);
        expect(tunnelStatus(connections.toReversed(), was)).toBe(status);
        expect(status === 'down' || status === 'inactive').toBe(connections.length === 0);
      }),
    );
  });
});

describe('statuses over time', () => {
  const made = { id: 't', name: 'tokyo', created_on: 5 } as Tunnel;
  let tunnel: Tunnel | undefined;
  let time: number;
  let told: unknown[];
  let statuses: TunnelStatuses;
  const connect = (index: number): Connection => {
    const opened = { tunnelId: 't', connectorId: 'c', index, leaving: false } as Connection;
    statuses.opened(opened);
    return opened;
  };
  const disconnect = (connection: Connection): void => {
    expect(statuses.closed(connection)).toBe(true);
    statuses.review('t');
  };

  beforeEach(() => {
    [tunnel, time, told] = [made, 10, []];
    const events = { emit: (...[type, message]: [string, string]) => told.push(`${time} ${type} ${message}`) };
    statuses = new TunnelStatuses({ tunnel: () => tunnel, events, now: () => time });
  });

  test('say when it was connected and when it ceased to be, and tell of each change once', () => {
    expect(statuses.of(made)).toEqual({ status: 'inactive', conns_active_at: null, conns_inactive_at: 5 });
    const all = [0, 1, 2, 3].map((index) => {
      time += 10;
      return connect(index);
    });
    expect(statuses.of(made)).toEqual({ status: 'healthy', conns_active_at: 20, conns_inactive_at: null });
    for (const connection of all) {
      time += 10;
      disconnect(connection);
    }
    expect(statuses.of(made)).toEqual({ status: 'down', conns_active_at: null, conns_inactive_at: 90 });
    time = 100;
    connect(0);
    expect(statuses.of(made)).toEqual({ status: 'degraded', conns_active_at: 100, conns_inactive_at: null });
    expect(told).toEqual([
      '20 tunnel.status tunnel tokyo is degraded (was inactive): 1 connection of 1 connector',
      '50 tunnel.status tunnel tokyo is healthy (was degraded): 4 connections of 1 connector',
      '60 tunnel.status tunnel tokyo is degraded (was healthy): 3 connections of 1 connector',
      '90 tunnel.status tunnel tokyo is down (was degraded): 0 connections of 0 connectors',
      '100 tunnel.status tunnel tokyo is degraded (was down): 1 connection of 1 connector',
    ]);
  });

  test('miss nobody who never took requests, or went already', () => {
    const connection = connect(0);
    expect(statuses.closed({ ...connection })).toBe(false);
    expect(statuses.closed(connection)).toBe(true);
    expect(statuses.closed(connection)).toBe(false);
  });

  test('forget a tunnel that is deleted, before or after its connections go', () => {
    const gone = { changes: [{ kind: 'tunnels', id: 't' }], after: { tunnels: new Map() } } as unknown as Parameters<
      TunnelStatuses['follow']
    >[0];
    disconnect(connect(0));
    tunnel = undefined;
    statuses.follow(gone);
    expect(statuses.of(made).status).toBe('inactive');
    tunnel = made;
    const connection = connect(0);
    tunnel = undefined;
    statuses.follow(gone);
    disconnect(connection);
    expect(statuses.of(made).status).toBe('inactive');
    expect(told).toHaveLength(3);
  });
});
