import { expect, test } from 'vitest';
import { account, loadBalancer, record } from '../steering/account.fixture.js';
import { compileSnapshot } from '../steering/compile.js';
import { answerZone } from './zone-names.js';

const EDGE = ['127.0.0.1', '::1'];

function ask(parts: Parameters<typeof account>[0], name: string, type = 'A') {
  const snapshot = account(parts);
  return answerZone({ name, type }, { account: snapshot, steering: compileSnapshot(snapshot) }, () => EDGE);
}

const data = (answer: ReturnType<typeof ask>) => answer?.records.map((each) => each.data);

const RECORDS = [
  record('www.example.com', 'A', '192.0.2.1'),
  record('direct.example.com', 'A', '192.0.2.2', { proxied: false, ttl: 60 }),
  record('alias.example.com', 'CNAME', 'direct.example.com', { proxied: false }),
  record('away.example.com', 'CNAME', 'elsewhere.test', { proxied: false }),
  record('loop.example.com', 'CNAME', 'pool.example.com', { proxied: false }),
  record('pool.example.com', 'CNAME', 'loop.example.com', { proxied: false }),
  record('*.wild.example.com', 'A', '192.0.2.3', { proxied: false }),
];

test('what is proxied has the addresses of the edge, by their family', () => {
  expect(data(ask({ records: RECORDS }, 'www.example.com'))).toEqual(['127.0.0.1']);
  expect(data(ask({ records: RECORDS }, 'www.example.com', 'AAAA'))).toEqual(['::1']);
  expect(ask({ records: RECORDS }, 'www.example.com', 'MX')).toEqual({ rcode: 'NOERROR', records: [] });
});

test('a load balancer leads to the edge, proxied or not', () => {
  const loadBalancers = [
    loadBalancer('app.example.com', ['p']),
    loadBalancer('dns.example.com', ['p'], { proxied: false }),
  ];
  for (const name of ['app.example.com', 'dns.example.com']) {
    expect(data(ask({ loadBalancers }, name))).toEqual(['127.0.0.1']);
  }
});

test('a record that is not proxied has its content and TTL; a CNAME is followed inside the zones', () => {
  expect(ask({ records: RECORDS }, 'direct.example.com')?.records).toEqual([
    { name: 'direct.example.com', type: 'A', data: '192.0.2.2', ttl: 60 },
  ]);
  expect(data(ask({ records: RECORDS }, 'alias.example.com'))).toEqual(['direct.example.com', '192.0.2.2']);
  expect(data(ask({ records: RECORDS }, 'alias.example.com', 'CNAME'))).toEqual(['direct.example.com']);
  expect(data(ask({ records: RECORDS }, 'away.example.com'))).toEqual(['elsewhere.test']);
  expect(data(ask({ records: RECORDS }, 'any.wild.example.com'))).toEqual(['192.0.2.3']);
});

test('CNAMEs in a circle end', () => {
  expect(data(ask({ records: RECORDS }, 'loop.example.com'))).toEqual(['pool.example.com', 'loop.example.com']);
});

test('a name that is not there does not exist, the zone itself has nothing, and other names are not ours', () => {
  expect(ask({ records: RECORDS }, 'none.example.com')?.rcode).toBe('NXDOMAIN');
  expect(ask({ records: RECORDS }, 'example.com')).toEqual({ rcode: 'NOERROR', records: [] });
  expect(ask({ records: RECORDS }, 'example.net')).toBeUndefined();
  expect(ask({ records: RECORDS }, 'notexample.com')).toBeUndefined();
});
