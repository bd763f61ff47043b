import { afterAll, describe, expect } from 'vitest';
import type { ConfigInput, Emulator, TestOrigin } from './index.js';
import { colocalTest } from './vitest.js';

const CONFIG: ConfigInput = {
  zones: [
    {
      name: 'example.com',
      load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['tokyo', 'osaka'] }],
    },
  ],
  pools: [
    { name: 'tokyo', monitor: 'web', origins: [{ name: 'tokyo-a', address: '127.0.0.1', port: 3001 }] },
    { name: 'osaka', monitor: 'web', origins: [{ name: 'osaka-a', address: '127.0.0.1', port: 3002 }] },
  ],
  monitors: [{ name: 'web', path: '/', expected_codes: '2xx', interval: 60 }],
  data_centers: ['NRT', 'LHR'],
};
const url = 'http://app.example.com/';

let tokyo: TestOrigin;
let osaka: TestOrigin;
const setup = async (emu: Emulator): Promise<void> => {
  tokyo = await emu.origin({ at: '127.0.0.1:3001' });
  osaka = await emu.origin({ at: '127.0.0.1:3002' });
};

const seen = new Set<Emulator>();

// vitest wants fixtures of a whole file to be made at its top.
const test = colocalTest({ config: CONFIG, clock: 'manual', setup });
const freshTest = colocalTest({ config: CONFIG, clock: 'manual', per: 'test', setup });
const countedTest = colocalTest({ config: CONFIG, setup: (emu) => void seen.add(emu) });

/** What a matcher says when it fails. */
async function said(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it passed');
}

describe('toBeServedBy', () => {
  test('passes when all that is given fits', async ({ emu }) => {
    const response = await emu.fetch(url, { colo: 'LHR' });
    expect(response).toBeServedBy({ pool: 'tokyo', endpoint: 'tokyo-a', colo: 'LHR', lb: 'app.example.com' });
    expect(response).not.toBeServedBy({ pool: 'tokyo', colo: 'NRT' });
  });

  test('knows the responses of any client', async ({ emu }) => {
    const response = await fetch(emu.url ?? '', { headers: { 'Colocal-Colo': 'NRT' } });
    expect(response).toBeServedBy({ colo: 'NRT' });
    expect({ status: 200, headers: { 'colocal-route': 'pool="a \\"b\\"", endpoint="c"' } }).toBeServedBy({
      pool: 'a "b"',
    });
  });

  test('tells who answered instead, which way, and why', async ({ emu }) => {
    await tokyo.stop();
    await emu.clock.advance('60s');
    const response = await emu.fetch(url);
    await tokyo.start();
    const message = await said(() => expect(response).toBeServedBy({ pool: 'tokyo' }));
    expect(message).toMatch(
      /^expected the response to be served by pool "tokyo"\nbut it was 200 by pool "osaka", endpoint "osaka-a", .*\n\nhow it went:\n {2}GET http:\/\/app\.example\.com\/ entering /,
    );
    expect(message).toMatch(/pool tokyo: .*healthy/);
    expect(message).toMatch(/went to osaka-a of pool osaka at 127\.0\.0\.1.*: answered 200/);
    expect(await said(() => expect(response).not.toBeServedBy({ pool: 'osaka' }))).toMatch(
      /^expected the response not to/,
    );
  });

  test('fails for what tells nothing, and for names that there are not', async ({ emu }) => {
    const { url: direct } = tokyo;
    const response = await fetch(direct);
    expect(await said(() => expect(response).toBeServedBy({ pool: 'tokyo' }))).toContain('it has no Colocal-Route');
    expect(await said(() => expect(response).not.toBeServedBy({ pool: 'tokyo' }))).toContain('it has no Colocal-Route');
    expect(await said(() => expect('x').toBeServedBy({ pool: 'tokyo' }))).toContain('expected a response of emu.fetch');
    const misspelt = { endpont: 'tokyo-a' } as object;
    const answered = await emu.fetch(url);
    expect(await said(() => expect(answered).toBeServedBy(misspelt))).toContain('did you mean "endpoint"?');
    expect(await said(() => expect(answered).toBeServedBy({}))).toContain('toBeServedBy cannot use {}');
  });
});

describe('toFailOverWithin', () => {
  freshTest('passes once another endpoint answers, and back', async ({ emu }) => {
    expect(await emu.fetch(url)).toBeServedBy({ pool: 'tokyo' });
    await tokyo.stop();
    const before = emu.clock.now();
    await expect(emu).toFailOverWithin('60s', { url, colo: 'NRT' });
    expect(emu.clock.now() - before).toBeLessThanOrEqual(60_000);
    await tokyo.start();
    await expect(emu).toFailOverWithin('60s', {
      url,
      colo: 'NRT',
      from: { pool: 'osaka' },
      to: { endpoint: 'tokyo-a' },
    });
  });

  freshTest('counts what answered last as the one that is left', async ({ emu }) => {
    await emu.fetch(url);
    await tokyo.stop();
    await emu.clock.advance('60s');
    const before = emu.clock.now();
    await expect(emu).toFailOverWithin('60s', { url });
    expect(emu.clock.now()).toBe(before);
  });

  freshTest('fails when nobody else answers in time, and tells the last request with its reasons', async ({ emu }) => {
    const before = emu.clock.now();
    const message = await said(() => expect(emu).toFailOverWithin('10s', { url, every: '4s' }));
    expect(emu.clock.now() - before).toBe(10_000);
    expect(message).toMatch(
      /^expected requests for http:\/\/app\.example\.com\/ to be served by another endpoint than pool "tokyo", endpoint "tokyo-a" within 10s of model time\nbut the last of 4 was answered 200 by pool "tokyo", endpoint "tokyo-a", .*; 0 failed\n\nhow it went:\n/,
    );
  });

  freshTest('an answer of 500 or worse is no failover', async ({ emu }) => {
    await emu.fetch(url);
    await Promise.all([tokyo.stop(), osaka.stop()]);
    const message = await said(() => expect(emu).toFailOverWithin('70s', { url, every: '35s' }));
    expect(message).toContain('3 failed');
  });

  freshTest('the other way round', async ({ emu }) => {
    await expect(emu).not.toFailOverWithin('5s', { url });
    await tokyo.stop();
    const message = await said(() => expect(emu).not.toFailOverWithin('60s', { url }));
    expect(message).toMatch(/^expected requests .* not to be served by another endpoint .*\nbut after \d+ s they were/);
  });

  freshTest('refuses what makes no sense', async ({ emu }) => {
    const failOver = (span: unknown, options: unknown) => () =>
      expect(emu).toFailOverWithin(span as string, options as { url: string });
    expect(await said(failOver('soon', { url }))).toContain('needs a span, not "soon"');
    expect(await said(failOver('1s', {}))).toContain('needs the option url');
    expect(await said(failOver('1s', { url, too: {} }))).toContain('did you mean "to"?');
    expect(await said(failOver('1s', { url, to: { pol: 'x' } }))).toContain('did you mean "pool"?');
    expect(await said(() => expect({}).toFailOverWithin('1s', { url }))).toContain('expected an emulator');
  });
});

describe('the fixture', () => {
  let last: Emulator | undefined;
  // By then the emulator of this file is closed, or will be: what is sure is that there was one.
  afterAll(() => expect(seen.size).toBe(1));

  countedTest('changes what it likes ...', async ({ emu }) => {
    last = emu;
    emu.faults.add({ name: 'broken', type: 'origin_status', status: 500 });
    expect((await emu.fetch(url)).status).toBe(500);
  });

  countedTest('... and the next test finds the same emulator as it was', async ({ emu }) => {
    expect(emu).toBe(last);
    expect(emu.faults.list()).toEqual([]);
    expect(emu.requests.list()).toEqual([]);
  });
});

describe('the fixture, one for each test', () => {
  let last: Emulator | undefined;
  freshTest('has one ...', ({ emu }) => {
    last = emu;
  });

  freshTest('... and another, and the one before is closed', async ({ emu }) => {
    expect(emu).not.toBe(last);
    await expect(last?.origin()).rejects.toMatchObject({ code: 'EMULATOR_CLOSED' });
  });
});
