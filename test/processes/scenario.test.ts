import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ask } from './support/client.js';
import { leavesNothingBehind } from './support/left-behind.js';
import { runColocal } from './support/program.js';
import { ConfigFile, oneTunnel, startConnector, startEdge, tokenOf } from './support/setup.js';

leavesNothingBehind();

/** Loads are over long before they are looked at, so that real time decides nothing. */
const STORY = `
name: Against a running edge
config: colocal.yaml
steps:
  - { at: 0s, name: broken, fault: { name: broken, type: origin_status, status: 503, match: { pool: app, path: /b } } }
  - { at: 0s, load: { name: spared, rate: 20, for: 1s, hosts: [app.example.com], paths: [/a], from: [{ colo: NRT }] } }
  - { at: 0s, load: { name: hit, rate: 20, for: 1s, hosts: [app.example.com], paths: [/b] } }
  - at: 3s
    expect: { after: broken, load: spared, requests: 20, failed: 0, shares: { pool: { app: 100% }, data_center: { NRT: 100% }, replica: { REPLICA: 100% } } }
  - { at: 3s, expect: { after: broken, load: hit, status: { 503: 20 }, reason: { step: fault, subject: broken } } }
  - { at: 3s, LAST }
  - { at: 3s, load: { name: again, rate: 20, for: 1s, hosts: [app.example.com], paths: [/b] } }
  - { at: 6s, expect: { requests: 20, failed: EXPECTED } }
`;

test('scenario run --real plays loads, faults and expectations against a running edge', async () => {
  const file = new ConfigFile(oneTunnel('hello_world'));
  const edge = await startEdge(file);
  const { id } = await startConnector(edge.connectors, await tokenOf(file));
  const play = async (last: string, failed: number) => {
    file.saveBeside(
      'story.yaml',
      STORY.replace('REPLICA', id).replace('LAST', last).replace('EXPECTED', String(failed)),
    );
    const json = join(file.folder, 'result.json');
    const args = ['scenario', 'run', join(file.folder, 'story.yaml'), '--real', edge.api, '--json', json];
    return { ...(await runColocal(args)), json };
  };

  const lifted = await play('lift: broken', 0);
  expect(lifted).toMatchObject({ code: 0, err: '' });
  expect(lifted.out).toContain('fault broken (origin_status) is added');
  expect(lifted.out).toContain('✓ 9 of 9 expectations met; 60 requests, 20 failed');
  expect(JSON.parse(readFileSync(lifted.json, 'utf8')).requests).toMatchObject({ total: 60, by_pool: { app: 60 } });

  // The fault is there until the end, and gone after it.
  const kept = await play('stop: hit', 20);
  expect(kept).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(await (await fetch(`${edge.api}/colocal/v1/faults`)).text())).toEqual({ faults: [] });
  expect(await ask(edge.http, '/b')).toMatchObject({ kind: 'answered', status: 200 });

  // What would need parts of the scenario's own is not begun.
  const before = await newest(edge.api);
  const refused = await play('change: { pool: app, set: { enabled: false } }', 0);
  expect(refused).toMatchObject({ code: 2, out: '', err: expect.stringContaining('SCENARIO_NOT_REAL') });
  expect(refused.err).toMatch(/story\.yaml:11: "change" cannot be done to a running edge/);
  expect(await newest(edge.api)).toBe(before);
});

/** The ray of the latest request that the edge has seen. */
async function newest(api: string): Promise<string> {
  const { requests } = (await (await fetch(`${api}/colocal/v1/requests?limit=1`)).json()) as {
    requests: readonly { readonly ray: string }[];
  };
  return requests[0]?.ray ?? '';
}
