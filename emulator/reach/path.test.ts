import { describe, expect, test } from 'vitest';
import type { Place } from '../geo/geo.types.js';
import type { Route } from '../state/objects.js';
import type { Endpoint } from '../steering/steering.types.js';
import { type PathView, resolvePath } from './path.js';

const TUNNEL = '11111111-2222-4333-8444-555555555555';
const tokyo = { code: 'NRT', latitude: 35.76, longitude: 140.39 };
const london: Place = { latitude: 51.47, longitude: -0.45 };
const route = { id: 'r', network: '10.0.0.0/8', tunnel_id: 'gateway', virtual_network_id: 'lab' } as Route;

const view: PathView = {
  hasTunnel: (id) => id === TUNNEL,
  lookupRoute: (network, ip) =>
    network === 'lab' && (ip.startsWith('10.') || ip.startsWith('fd00:')) ? route : undefined,
  locate: (host) => (host === 'far.example.net' ? london : undefined),
  roundTrip: (from, to) => (from === tokyo && to === london ? 210 : Number.NaN),
};

const endpoint = (fields: Partial<Endpoint>): Endpoint => ({ name: 'e', address: '127.0.0.1', port: 0, ...fields });
const resolve = (fields: Partial<Endpoint>, secure = false) => resolvePath(endpoint(fields), tokyo, secure, view);

describe('how an endpoint is reached', () => {
  test('a tunnel’s host name leads to the tunnel, however it is written', () => {
    for (const address of [`${TUNNEL}.cfargotunnel.com`, `${TUNNEL}.CFARGOTUNNEL.COM.`]) {
      expect(resolve({ address })).toMatchObject({ kind: 'tunnel', tunnelId: TUNNEL });
    }
  });

  test('a tunnel that does not exist has no connector', () => {
    const address = '99999999-2222-4333-8444-555555555555.cfargotunnel.com';
    expect(resolve({ address })).toMatchObject({
      kind: 'none',
      failure: 'no_connector',
      reason: { step: 'path', subject: 'e', outcome: 'none' },
    });
  });

  test('what only ends like a tunnel’s host name is a name like any other', () => {
    expect(resolve({ address: 'www.cfargotunnel.com' })).toMatchObject({
      kind: 'public',
      host: 'www.cfargotunnel.com',
    });
  });

  test.each(['10.1.2.3', 'fd00::7'])('%s in a virtual network goes through the tunnel of its route', (address) => {
    expect(resolve({ address, port: 8080, virtualNetworkId: 'lab' })).toMatchObject({
      kind: 'private',
      tunnelId: 'gateway',
      ip: address,
      port: 8080,
      secure: false,
      route,
    });
  });

  test('an address that no route of its virtual network covers is unreachable', () => {
    for (const fields of [
      { address: '192.0.2.1', virtualNetworkId: 'lab' },
      { address: '10.1.2.3', virtualNetworkId: 'other' },
    ]) {
      const path = resolve(fields);
      expect(path).toMatchObject({ kind: 'none', failure: 'unreachable' });
      expect(path.kind === 'none' && path.reason.detail).toContain(fields.address);
    }
  });

  test('without a virtual network a private address is dialled from here', () => {
    expect(resolve({ address: '10.1.2.3' })).toMatchObject({ kind: 'public', host: '10.1.2.3', port: 80 });
  });

  test('port 0 is the default of the protocol', () => {
    expect(resolve({})).toMatchObject({ port: 80, secure: false });
    expect(resolve({}, true)).toMatchObject({ port: 443, secure: true });
    expect(resolve({ port: 8443 }, true)).toMatchObject({ port: 8443, secure: true });
    expect(resolve({ address: '10.1.2.3', virtualNetworkId: 'lab' }, true)).toMatchObject({ port: 443, secure: true });
  });

  test('the leg to a public endpoint is as long as its place is far; without a place it is next door', () => {
    expect(resolve({ address: 'far.example.net' })).toMatchObject({
      legs: [{ from: 'NRT', to: 'e', roundTripMs: 210 }],
    });
    expect(resolve({ address: 'near.example.net' })).toMatchObject({
      legs: [{ from: 'NRT', to: 'e', roundTripMs: 0 }],
    });
  });
});
