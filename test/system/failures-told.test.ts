import { expect, test } from 'vitest';
import type { EdgeEvent } from '../../emulator/observe/journal.types.js';
import { hostOf, type PathKind, useEmulator, usePaths } from '../support/emulator.js';
import { closedPort } from '../support/servers.js';

/** What the journal and the event say of an endpoint at which nobody listens. */
const REFUSED: Readonly<Record<PathKind, (port: number) => RegExp>> = {
  public: () => /ECONNREFUSED/,
  tunnel: (port) =>
    new RegExp(`connector [0-9a-f]{8}: rule 1 \\(\\* -> http://127.0.0.1:${port}\\): connecting to .* ECONNREFUSED$`),
  private: (port) =>
    new RegExp(`connector [0-9a-f]{8}: private address 10.1.2.3:${port}: connecting to .* ECONNREFUSED$`),
};

test.each(['public', 'tunnel', 'private'] as const)(
  'an endpoint that fails, %s: reason, and one event',
  async (kind) => {
    const port = await closedPort();
    const emu = await usePaths({ port });
    const events: EdgeEvent[] = [];
    emu.onEvent((event) => event.type === 'endpoint.failed' && events.push(event));
    for (let count = 0; count < 3; count++) await emu.fetch(`http://${hostOf(kind)}/`);
    const failed = emu.requests.list()[0]?.reasons.filter(({ outcome }) => outcome === 'failed');
    expect(failed?.at(-1)?.detail).toMatch(REFUSED[kind](port));
    expect(events).toHaveLength(1);
    expect(events[0]?.message).toMatch(/^endpoint by-\S+ \(pool [a-z]+(, tunnel [a-z]+)?\): /);
    expect(events[0]?.message).toMatch(REFUSED[kind](port));
    expect(events[0]?.data).toMatchObject({ pool: kind, failure: 'refused', status: kind === 'tunnel' ? 502 : 521 });
  },
);

test('a rule that answers by itself is a reason of the request', async () => {
  const emu = await useEmulator({
    config: {
      zones: [
        { name: 'example.com', load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['p'] }] },
      ],
      pools: [{ name: 'p', origins: [{ name: 'a', tunnel: 'app' }] }],
      tunnels: [{ name: 'app', config: { ingress: [{ service: 'http_status:404' }] } }],
    },
  });
  await emu.connect({ tunnel: 'app' });
  expect((await emu.fetch('http://app.example.com/')).status).toBe(404);
  const reason = emu.requests
    .list()[0]
    ?.reasons.find(({ step, outcome }) => step === 'attempt' && outcome === 'answered');
  expect(reason).toMatchObject({
    subject: 'a',
    detail: expect.stringMatching(/^connector [0-9a-f]{8}: rule 1 \(\* -> http_status:404\) answers 404$/),
  });
});
