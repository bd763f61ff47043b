import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

/** The demonstration as a user runs it: real processes on the ports of examples/demo/colocal.yaml. */
test('the demo runs, its curl commands work as printed, and it leaves nothing behind', async () => {
  const demo = spawn(process.execPath, ['--import', 'tsx', 'emulator/main.ts', 'demo'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(demo, 'close');
  let output = '';
  for (const stream of [demo.stdout, demo.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const started = new Promise<boolean>((resolve) => {
    demo.stdout.on('data', () => output.includes('Ctrl-C stops') && resolve(true));
    void exited.then(() => resolve(false));
  });
  expect(await started, output).toBe(true);

  const pids = [...output.matchAll(/^ {2}(?:edge|connector \S+|origin \S+) +(\d+) {2}/gm)].map((match) =>
    Number(match[1]),
  );
  try {
    expect(output.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(pids).toHaveLength(9);
    const commands = [...output.matchAll(/^ {2}(curl .*)$/gm)].map((match) => match[1] ?? '');
    const [byHost, byProxy, fromLondon, journal] = await Promise.all(
      commands.map(async (command) => (await run('sh', ['-c', command])).stdout),
    );
    for (const answer of [byHost, byProxy]) {
      expect(answer).toMatch(/^HTTP\/1.1 200/);
      expect(answer).toMatch(/^colocal-route: .*lb="app.example.com".*tunnel="(tokyo|osaka)"/im);
      expect(answer).toMatch(/"origin": "(tokyo|osaka)-app"/);
    }
    expect(fromLondon).toMatch(/^colocal-route: .*colo="LHR", lb="internal.example.com".*tunnel="gateway"/im);
    expect(fromLondon).toMatch(/"origin": "internal-[12]"/);
    expect(JSON.parse(journal ?? '')).toHaveProperty('requests');
  } finally {
    demo.kill('SIGINT');
  }
  expect((await exited)[0]).toBe(0);
  for (const pid of pids) expect(() => process.kill(pid, 0), String(pid)).toThrow('ESRCH');
}, 120_000);
