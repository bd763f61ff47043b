import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { leavesNothingBehind, MARK } from './support/left-behind.js';
import { freePort } from './support/ports.js';
import { builtMain, shell } from './support/program.js';
import { ANY_PORTS, ConfigFile, oneTunnel, startEdge, tokenOf } from './support/setup.js';

leavesNothingBehind();

/** Runs `colocal` with an output that nobody reads. */
function unread(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [builtMain(), ...args], {
    env: { ...process.env, [MARK.name]: MARK.value },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdout?.destroy();
  child.stderr?.destroy();
  return child;
}

/** The same, once it is ready. */
async function ready(args: readonly string[]): Promise<ChildProcess> {
  const child = unread(args);
  await Promise.race([once(child, 'message'), once(child, 'exit')]);
  return child;
}

const statusOf = async (url: string): Promise<number | undefined> => {
  const [answer] = await once(get(url, { agent: false }), 'response');
  answer.resume();
  return answer.statusCode;
};

async function endOf(child: ChildProcess): Promise<unknown> {
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  return (await exit)[0];
}

test('an edge whose output nobody reads goes on', async () => {
  const api = await freePort();
  const connectors = await freePort();
  const child = await ready([
    'up',
    '--config',
    new ConfigFile(oneTunnel('hello_world', { ...ANY_PORTS, api, connectors })).path,
  ]);
  // Each is a line of its log.
  for (const path of ['reset', 'reset']) {
    const answer = await fetch(`http://127.0.0.1:${api}/colocal/v1/${path}`, { method: 'POST' });
    expect(answer.status).toBe(200);
  }
  expect(await statusOf(`http://127.0.0.1:${connectors}/`)).toBe(426);
  expect(await statusOf(`http://127.0.0.1:${api}/colocal/v1/ready`)).toBe(200);
  expect(await endOf(child)).toBe(0);
});

test('an origin whose output nobody reads goes on', async () => {
  const port = await freePort();
  const child = await ready(['origin', '--name', 'a', '--listen', `127.0.0.1:${port}`]);
  expect(await statusOf(`http://127.0.0.1:${port}/`)).toBe(200);
  expect(await endOf(child)).toBe(0);
});

test('a connector whose output nobody reads goes on', async () => {
  const file = new ConfigFile(oneTunnel('hello_world'));
  const edge = await startEdge(file);
  const child = unread([
    'agent',
    'run',
    '--edge',
    edge.connectors,
    '--token',
    await tokenOf(file),
    '--log-level',
    'debug',
  ]);
  for (let connection = 0; connection < 4; connection++) await edge.err.next(/connection \d of connector/);
  expect(await statusOf(`${edge.api}/colocal/v1/ready`)).toBe(200);
  expect(await endOf(child)).toBe(0);
});

test('a reader that leaves after the first line ends no command, and nobody sees a stack', async () => {
  const file = new ConfigFile(oneTunnel('hello_world'));
  const edge = await startEdge(file);
  const main = builtMain();
  const line = [
    `"${process.execPath}" "${main}" --help 2>&1 | head -n 1`,
    `echo "help: \${PIPESTATUS[0]}"`,
    `COLOCAL_URL=${edge.api} "${process.execPath}" "${main}" status 2>&1 | head -n 1`,
    `echo "status: \${PIPESTATUS[0]}"`,
  ].join('; ');
  const { out, err } = await shell(line).ended;
  expect(err).toBe('');
  expect(out).toContain('help: 0');
  expect(out).toContain('status: 0');
});
