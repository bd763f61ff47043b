import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readAnswer, systemPing } from './ping-program.js';

const never = (): AbortSignal => new AbortController().signal;

/** A program that stands in for ping. */
async function useProgram(script: string): Promise<{ readonly program: string; readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'colocal-ping-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const program = join(folder, 'ping');
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  return { program, folder };
}

describe('ping', () => {
  test('gets one echo to send, to an address that cannot be taken for an option', async () => {
    const { program, folder } = await useProgram('printf "%s\\n" "$*" > "$(dirname "$0")/arguments"');
    expect(await systemPing({ program })('127.0.0.1', never())).toEqual({ kind: 'reply' });
    expect(await readFile(join(folder, 'arguments'), 'utf8')).toBe('-n -c 1 -- 127.0.0.1\n');
  });

  test.each(['-f', 'example.com', '127.0.0.1; true', '$(true)', ''])('is not started for %j', async (address) => {
    const { program, folder } = await useProgram('touch "$(dirname "$0")/started"');
    const answer = await systemPing({ program })(address, never());
    expect(answer).toMatchObject({ kind: 'failed', reason: 'Monitor Config Error' });
    await expect(readFile(join(folder, 'started'))).rejects.toThrow();
  });

  test('that does not exist, or may not be run, is the monitor’s configuration', async () => {
    const missing = await systemPing({ program: '/nonexistent/ping' })('127.0.0.1', never());
    expect(missing).toMatchObject({ reason: 'Monitor Config Error', detail: expect.stringMatching(/install it$/) });
    const { program } = await useProgram('');
    await chmod(program, 0o644);
    const forbidden = await systemPing({ program })('127.0.0.1', never());
    expect(forbidden).toMatchObject({ reason: 'Monitor Config Error', detail: expect.stringContaining('EACCES') });
    const windows = await systemPing({ program, platform: 'win32' })('127.0.0.1', never());
    expect(windows).toMatchObject({ reason: 'Monitor Config Error' });
  });

  test('is killed when nobody waits any more', async () => {
    const { program, folder } = await useProgram('echo $$ > "$(dirname "$0")/pid"; exec sleep 600');
    const patience = new AbortController();
    const answer = systemPing({ program })('127.0.0.1', patience.signal);
    let pid = '';
    while (!pid.endsWith('\n')) pid = await readFile(join(folder, 'pid'), 'utf8').catch(() => '');
    patience.abort();
    expect(await answer).toEqual({ kind: 'silent' });
    expect(() => process.kill(Number(pid), 0)).toThrow(/ESRCH/);
    expect(await systemPing({ program })('127.0.0.1', patience.signal)).toEqual({ kind: 'silent' });
  });
});

describe('what ping says means', () => {
  const LOST = '1 packets transmitted, 0 received, 100% packet loss, time 0ms';
  test.each([
    [0, '', '', 'reply'],
    [1, LOST, '', 'silent'],
    [2, '1 packets transmitted, 0 packets received, 100.0% packet loss', '', 'silent'],
    [2, '', 'ping: socktype: SOCK_RAW\nping: socket: Operation not permitted', 'Monitor Config Error'],
    [1, '', 'ping: permission denied (are you root?)', 'Monitor Config Error'],
    [2, '', 'ping: Lacking privilege for raw socket.', 'Monitor Config Error'],
    [64, '', "ping: unknown option -- 'n'", 'Monitor Config Error'],
    [2, '', 'ping: connect: Network is unreachable', 'Network Unreachable'],
    [2, '', 'ping: sendto: No route to host', 'No route to host error'],
    [1, `From 10.0.0.1 icmp_seq=1 Destination Host Unreachable\n${LOST}`, '', 'No route to host error'],
  ])('exit code %i, %j, %j: %s', (code, said, complained, expected) => {
    const answer = readAnswer('ping', code, said, complained);
    expect(answer.kind === 'failed' ? answer.reason : answer.kind).toBe(expected);
  });
});
