import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../emulator/config/index.js';
import type { ConfigInput } from '../../emulator/index.js';
import { address, useEmulator } from '../support/emulator.js';

const page = readFileSync(new URL('../../docs/private-networks.md', import.meta.url), 'utf8');
const yaml = /^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '';

/** Asks the control API what would become of a connection. */
async function explain(api: string, question: Readonly<Record<string, unknown>>) {
  const answer = await fetch(`${api}/colocal/v1/explain`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(question),
  });
  const json = (await answer.json()) as Record<string, unknown> & { text: string; error?: { message: string } };
  return { httpStatus: answer.status, json };
}

async function useExample() {
  const emu = await useEmulator({ config: parse(yaml) as ConfigInput });
  const { id } = await emu.connect({ tunnel: 'staging', connections: 1, location: 'NRT' });
  return { api: address(emu, 'apiUrl'), connector: id, emu };
}

describe('docs/private-networks.md', () => {
  test('has an example that loads without a warning', () => {
    expect(parseConfig(yaml, 'docs/private-networks.md').warnings).toEqual([]);
  });

  test('shows what explain says', async () => {
    const { api, connector, emu } = await useExample();
    const { json } = await explain(api, {
      url: 'tcp://10.128.0.1:5432',
      user: 'alice@example.com',
      network: 'staging',
    });
    const shown = /^CONNECT tcp:[\s\S]*?^```$/m.exec(page)?.[0].replace(/\n```$/, '') ?? '';
    const words = (text: string): string => text.replace(connector, '0f3c...').replace(/\s+/g, ' ');
    expect(words(json.text)).toBe(words(shown));
    // By asking nothing happens.
    expect(emu.requests.list()).toEqual([]);
  });
});

describe('explain tcp://', () => {
  test.each([
    ['allowed', { url: 'tcp://db.internal:8080', user: 'alice@example.com', network: 'staging' }, 'attempt', undefined],
    ['another port', { url: 'tcp://10.128.0.1:22', user: 'alice@example.com', network: 'staging' }, 'error', 403],
    ['another user', { url: 'tcp://10.128.0.1:5432', user: 'bob@example.com', network: 'staging' }, 'error', 403],
    [
      'another network',
      { url: 'tcp://10.128.0.1:5432', user: 'alice@example.com', network: 'production' },
      'error',
      403,
    ],
    ['no network: the default one', { url: 'tcp://10.128.0.1:5432', user: 'alice@example.com' }, 'error', 523],
    ['no such network', { url: 'tcp://10.128.0.1:5432', user: 'alice@example.com', network: 'stagin' }, 'error', 523],
    ['no such name', { url: 'tcp://db.other:5432', user: 'alice@example.com', network: 'staging' }, 'error', 530],
    ['nobody', { url: 'tcp://10.128.0.1:5432', network: 'staging' }, 'error', 407],
  ])('%s', async (_what, question, outcome, status) => {
    const { api } = await useExample();
    const { httpStatus, json } = await explain(api, question);
    expect(httpStatus).toBe(200);
    expect([json.outcome, json.status]).toEqual([outcome, status]);
  });

  test.each([
    ['no port', { url: 'tcp://10.0.0.1' }, 'url'],
    ['an unknown user', { url: 'tcp://10.0.0.1:80', user: 'alice@exmaple.com' }, 'did you mean "alice@example.com"?'],
    ['what belongs to requests', { url: 'tcp://10.0.0.1:80', method: 'GET' }, 'method'],
    ['a user of an http URL', { url: 'http://app.example.com/', user: 'alice@example.com' }, 'user'],
    ['an unknown data center', { url: 'tcp://10.0.0.1:80', colo: 'XXX' }, 'colo'],
  ])('%s is no question', async (_what, question, problem) => {
    const { api } = await useExample();
    const { httpStatus, json } = await explain(api, question);
    expect(httpStatus).toBe(400);
    expect(JSON.stringify(json.error)).toContain(problem.replaceAll('"', '\\"'));
  });
});
