import { createSocket } from 'node:dgram';
import { promises, type SrvRecord } from 'node:dns';
import { once } from 'node:events';
import { connect } from 'node:net';
import { decode, encode, type Packet } from 'dns-packet';
import { expect, onTestFinished, test } from 'vitest';
import type { ConfigInput, Emulator, EmulatorOptions } from '../../emulator/index.js';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { credentialsOf } from '../support/cloudflared.js';
import { CloudflaredPeer } from '../support/cloudflared-peer.js';
import { nextEvent, useEmulator } from '../support/emulator.js';

const ZONES: ConfigInput['zones'] = [
  {
    name: 'example.com',
    load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['pool'] }],
    dns_records: [
      { name: '*.apps', type: 'A', content: '192.0.2.1', proxied: true },
      { name: 'mail', type: 'A', content: '192.0.2.7', ttl: 60 },
      { name: 'alias', type: 'CNAME', content: 'app.example.com' },
    ],
  },
];

const config: ConfigInput = {
  zones: ZONES,
  pools: [{ name: 'pool', origins: [{ name: 'a', address: '127.0.0.1' }] }],
  tunnels: [{ name: 'web', config: { ingress: [{ service: 'http_status:204' }] } }],
};

async function useDns(options: Partial<EmulatorOptions> = {}): Promise<Emulator & { readonly dnsAddress: string }> {
  const emu = await useEmulator({ config, listen: { dns: '127.0.0.1:0' }, ...options });
  if (emu.dnsAddress === undefined) throw new Error('DNS is off');
  return emu as Emulator & { readonly dnsAddress: string };
}

function resolverOf(emu: { readonly dnsAddress: string }): promises.Resolver {
  const resolver = new promises.Resolver({ tries: 1 });
  resolver.setServers([emu.dnsAddress]);
  onTestFinished(() => resolver.cancel());
  return resolver;
}

const portOf = (emu: { readonly dnsAddress: string }): number => Number(new URL(`dns://${emu.dnsAddress}`).port);

const query = (name: string, type: 'A' | 'TXT' | 'SRV' = 'A', id = 7): Buffer =>
  encode({ type: 'query', id, flags: 0x100, questions: [{ name, type, class: 'IN' }] });

const framed = (message: Buffer): Buffer =>
  Buffer.concat([Buffer.from([message.length >> 8, message.length & 0xff]), message]);

test('cloudflared finds four places to dial by DNS alone, and its four connections end in two data centers', async () => {
  const cloudflared = ['NRT', 'NRT', 'KIX', 'KIX'].map((data_center) => ({ address: '127.0.0.1:0', data_center }));
  const emu = await useDns({ listen: { dns: '127.0.0.1:0', cloudflared } });
  const dialled = await discovered(resolverOf(emu));
  expect(dialled).toHaveLength(4);
  const ca = await emu.caPem();
  const connectorId = '0f3c7a52-6d1e-4b8f-9a20-5c4d3e2f1a0b';
  for (const [index, address] of dialled.entries()) {
    const opened = nextEvent(emu, 'connection.opened');
    const peer = await CloudflaredPeer.dial({ address, ca });
    onTestFinished(() => peer.break());
    expect(await peer.register({ ...credentialsOf(emu, 'web'), connectorId, index })).toMatchObject({ ok: true });
    expect((await opened).data).toMatchObject({ index, data_center: index < 2 ? 'NRT' : 'KIX' });
  }
});

/** What cloudflared does: two SRV records are its regions, and each address of a region is a place to dial. */
async function discovered(resolver: promises.Resolver): Promise<string[]> {
  const records = await resolver.resolveSrv('_v2-origintunneld._tcp.argotunnel.com');
  expect(records).toHaveLength(2);
  const dialled: string[] = [];
  for (const { name, port } of records.sort((a: SrvRecord, b: SrvRecord) => a.priority - b.priority))
    for (const address of await resolver.resolve4(name)) dialled.push(`${address}:${port}`);
  return dialled;
}

test('cloudflared is told HTTP/2, and not to test what is not here', async () => {
  const resolver = resolverOf(await useDns({ listen: { dns: '127.0.0.1:0', cloudflared: ['127.0.0.1:0'] } }));
  const text = async (name: string): Promise<unknown> =>
    JSON.parse((await resolver.resolveTxt(name))[0]?.join('') ?? '');
  expect(await text('protocol-v2.argotunnel.com')).toEqual([
    { protocol: 'http2', percentage: 100 },
    { protocol: 'quic', percentage: 0 },
  ]);
  expect(await text('cfd-features.argotunnel.com')).toEqual({ skip_prechecks: true });
});

test('names of the zones lead to the edge, those that are not proxied to what they say', async () => {
  const resolver = resolverOf(await useDns());
  expect(await resolver.resolve4('app.example.com')).toEqual(['127.0.0.1']);
  expect(await resolver.resolve4('Any.Apps.Example.COM')).toEqual(['127.0.0.1']);
  expect(await resolver.resolve4('mail.example.com', { ttl: true })).toEqual([{ address: '192.0.2.7', ttl: 60 }]);
  expect(await resolver.resolve4('alias.example.com')).toEqual(['127.0.0.1']);
  expect(await resolver.resolveCname('alias.example.com')).toEqual(['app.example.com']);
  await expect(resolver.resolve6('app.example.com')).rejects.toMatchObject({ code: 'ENODATA' });
  await expect(resolver.resolve4('nothing.example.com')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  await expect(resolver.resolve4('elsewhere.test')).rejects.toMatchObject({ code: 'EREFUSED' });
});

test('an edit is answered at once, and the addresses can be given', async () => {
  const emu = await useDns({ listen: { dns: { address: '127.0.0.1:0', answers: ['172.30.0.2', 'fd00::2'] } } });
  const resolver = resolverOf(emu);
  await expect(resolver.resolve4('new.example.com')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  const zone_id = [...emu.state.read().zones.keys()][0] ?? '';
  emu.state.transact('api', (draft) =>
    draft.put('dns_records', { zone_id, name: 'new', type: 'A', content: '192.0.2.1', proxied: true }),
  );
  expect(await resolver.resolve4('new.example.com')).toEqual(['172.30.0.2']);
  expect(await resolver.resolve6('new.example.com')).toEqual(['fd00::2']);
});

test('it is among the addresses, and off unless it is asked for', async () => {
  const emu = await useDns();
  const state = (await (await fetch(`${emu.apiUrl}/colocal/v1/state`)).json()) as { listeners: object[] };
  expect(state.listeners).toContainEqual({ name: 'dns', address: emu.dnsAddress });
  expect((await useEmulator({ config })).dnsAddress).toBeUndefined();
});

test('a port in use is said by its key', async () => {
  const { dnsAddress } = await useDns();
  await expect(useEmulator({ config, listen: { dns: dnsAddress } })).rejects.toThrow(/dns listener.*port is in use/);
});

test('by TCP, queries that come in pieces and together are answered one by one', async () => {
  const socket = connect(portOf(await useDns()), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const stream = Buffer.concat([1, 2, 3].map((id) => framed(query('app.example.com', 'A', id))));
  socket.write(stream.subarray(0, 1));
  await once(socket, 'connect');
  socket.write(stream.subarray(1, 40));
  socket.end(stream.subarray(40));
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket) bytes = Buffer.concat([bytes, chunk as Buffer]);
  const answers: Packet[] = [];
  for (let at = 0; at < bytes.length; at += 2 + bytes.readUInt16BE(at))
    answers.push(decode(bytes.subarray(at + 2, at + 2 + bytes.readUInt16BE(at))));
  expect(answers.map(({ id }) => id)).toEqual([1, 2, 3]);
  for (const { answers: records } of answers) expect(records).toMatchObject([{ type: 'A', data: '127.0.0.1' }]);
});

test.each([
  ['a message too long for a query', Buffer.from([0xff, 0xff, 0])],
  ['what is no DNS', framed(Buffer.from('000101000001000000000000ff', 'hex'))],
  ['an answer', framed(encode({ type: 'response', id: 1, questions: [{ name: 'app.example.com', type: 'A' }] }))],
])('by TCP, %s ends the connection, and the next one is served', async (_what, bytes) => {
  const emu = await useDns();
  const socket = connect(portOf(emu), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  expect(await resolverOf(emu).resolve4('app.example.com')).toEqual(['127.0.0.1']);
});

test('by TCP, who asks nothing is let go', async () => {
  const deadlines = new ManualDeadlines();
  const emu = await useDns({ deadlines });
  const before = deadlines.size;
  const socket = connect(portOf(emu), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(framed(query('app.example.com')));
  await once(socket, 'data');
  expect(deadlines.size).toBe(before + 1);
  deadlines.elapse(10_000);
  await once(socket, 'close');
});

test('by UDP, what is no query gets no answer, and the next query does', async () => {
  const emu = await useDns();
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  const response = encode({ type: 'response', id: 1, questions: [{ name: 'app.example.com', type: 'A' }] });
  const answered = once(socket, 'message');
  for (const message of [Buffer.alloc(0), Buffer.from('x'), Buffer.alloc(13, 0xc0), response, query('app.example.com')])
    socket.send(message, portOf(emu), '127.0.0.1');
  const [message] = (await answered) as [Buffer];
  expect(decode(message)).toMatchObject({ id: 7, flag_qr: true, flag_aa: true, answers: [{ data: '127.0.0.1' }] });
});

test('an edge that closes answers no more', async () => {
  const emu = await useDns();
  const socket = connect(portOf(emu), '127.0.0.1');
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  await emu.close();
  await closed;
  const again = await useEmulator({ config, listen: { dns: emu.dnsAddress } });
  expect(again.dnsAddress).toBe(emu.dnsAddress);
});
