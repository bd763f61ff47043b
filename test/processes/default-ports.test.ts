import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startHeldOrigin } from './support/held-origin.js';
import { type Installed, installPackage } from './support/installed.js';
import { leavesNothingBehind, nothingLeft } from './support/left-behind.js';
import { close, isFree, occupy, refusing } from './support/ports.js';
import { type Program, runShell, shell, start } from './support/program.js';
import { PROJECT } from './support/project.js';

/*
 * What can only be tested on the ports that the demo and the README name: in one file, so that it runs one after the
 * other, and from the package as it is installed.
 */

leavesNothingBehind();

const PORTS = [1080, 8080, 8443, 7843, 7844, 7845, 7846, 7847, 7880, 9101, 9102, 9103, 9104];

let installed: Installed;
beforeAll(async () => {
  installed = await installPackage();
});
afterAll(() => installed.remove());

beforeEach(async (context) => {
  await nothingLeft();
  const taken = (await Promise.all(PORTS.map(async (port) => ((await isFree(port)) ? [] : [port])))).flat();
  if (taken.length === 0) return;
  console.error(`NOT TESTED: ${context.task.name}: something else listens on ${taken.join(', ')}`);
  context.skip();
});

/** The processes that the demo printed, by name. */
async function untilRunning(demo: Program): Promise<ReadonlyMap<string, number>> {
  await demo.out.next(/Ctrl-C stops everything\.\n/);
  const rows = demo.out.text.matchAll(/^ {2}((?:edge|connector|origin)(?: \S+)?) +(\d+) {2}/gm);
  return new Map([...rows].map(([, name = '', pid]) => [name, Number(pid)]));
}

/** Whatever this test has started has ended, and its ports are free for others. */
async function expectAllGone(): Promise<void> {
  await nothingLeft();
  // Where processes cannot be listed, their ports tell.
  await Promise.all(PORTS.map(refusing));
  expect(await Promise.all(PORTS.map(isFree))).toEqual(PORTS.map(() => true));
}

/** The curl commands that the demo printed. */
function printedCurls(demo: Program): string[] {
  return [...demo.out.text.matchAll(/^ {2}(curl .*)$/gm)].map(([, command = '']) => command);
}

/** Those of a page's blocks for the shell. */
function writtenCurls(page: string): string[] {
  const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  return blocks.flatMap((block) => block.split('\n')).filter((line) => line.startsWith('curl '));
}

describe('the demo', () => {
  test('runs by `npx colocal demo`; its commands work as printed; Ctrl-C leaves nothing behind', async () => {
    const demo = shell('npx colocal demo', { cwd: installed.folder });
    const processes = await untilRunning(demo);
    expect([...processes.keys()]).toHaveLength(9);
    expect(demo.out.text.split('\n').filter((line) => line.length > 80)).toEqual([]);

    const [byHost = '', byProxy = '', fromLondon = '', journal = '', ...more] = printedCurls(demo);
    expect(more).toEqual([]);
    for (const command of [byHost, byProxy]) {
      const { code, out } = await runShell(command);
      expect(code, command).toBe(0);
      expect(out).toMatch(/^HTTP\/1\.1 200 OK/);
      expect(out).toMatch(/^colocal-route: .*colo="NRT", lb="app\.example\.com".*tunnel="(?:tokyo|osaka)"/im);
      expect(out).toMatch(/"origin": "(?:tokyo|osaka)-app"/);
    }
    const { out: answer } = await runShell(fromLondon);
    expect(answer).toMatch(/^colocal-route: .*colo="LHR", lb="internal\.example\.com".*tunnel="gateway"/im);
    expect(answer).toMatch(/"origin": "internal-[12]"/);
    const ray = /ray="([0-9a-f]{16})-LHR"/.exec(answer)?.[1];
    expect(JSON.parse((await runShell(journal)).out)).toMatchObject({ requests: [{ ray, status: 200 }] });

    // The pages have commands for a running demo as well.
    const written = ['README.md', 'examples/demo/README.md'].map((name) =>
      writtenCurls(readFileSync(join(installed.folder, 'node_modules/colocal', name), 'utf8')),
    );
    expect(written.map((commands) => commands.length > 0)).toEqual([true, true]);
    for (const command of written.flat()) {
      const { code, out } = await runShell(command);
      expect({ command, code, out }).toEqual({ command, code: 0, out: expect.stringMatching(/^HTTP\/1\.1 200|^\{/) });
    }
    const status = await runShell('npx colocal status', { cwd: installed.folder });
    expect(status.out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(status.out).toMatch(/^ {2}tokyo +healthy +2 connectors +NRT 4, KIX 4 /m);

    demo.kill('SIGINT');
    expect((await demo.ended).out).toMatch(/\nstopped\n$/);
    await expectAllGone();
  });

  test('goes on when a replica is killed, says so, and exits with 0 when it is told to stop', async () => {
    const demo = start('node_modules/.bin/colocal', ['demo'], { cwd: installed.folder });
    const processes = await untilRunning(demo);
    const [command = ''] = printedCurls(demo);
    process.kill(processes.get('connector tokyo-1') ?? 0, 'SIGKILL');
    await demo.out.next(/^connector tokyo-1 ended \(SIGKILL\)$/m);
    for (let count = 0; count < 8; count++) expect((await runShell(command)).out).toMatch(/^HTTP\/1\.1 200/);
    demo.kill('SIGTERM');
    expect(await demo.ended).toMatchObject({ code: 0, signal: null, err: '' });
    await expectAllGone();
  });

  test('tells of edits of its file, those it refuses with their place, in 80 columns', async () => {
    const demo = start('node_modules/.bin/colocal', ['demo'], { cwd: installed.folder });
    await untilRunning(demo);
    const path = 'node_modules/colocal/examples/demo/colocal.yaml';
    const file = join(installed.folder, path);
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, `${before}\nzoness: []\n`);
    try {
      await demo.out.next(new RegExp(`^${path}\\s+was\\s+refused`, 'm'));
      await demo.out.next(/colocal\.yaml:\d+:1:\s+zoness\s+is\s+not\s+a\s+known\s+key;/);
    } finally {
      writeFileSync(file, before);
    }
    demo.kill('SIGTERM');
    expect((await demo.ended).out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    await expectAllGone();
  });

  test('leaves nothing behind even when it is killed', async () => {
    const demo = start('node_modules/.bin/colocal', ['demo'], { cwd: installed.folder });
    const processes = await untilRunning(demo);
    expect(processes.size).toBe(9);
    demo.kill('SIGKILL');
    expect(await demo.ended).toMatchObject({ signal: 'SIGKILL' });
    await expectAllGone();
  });

  test.each([
    [8443, 'edge', 'https listener cannot open 127.0.0.1:8443: the port is in use'],
    [9102, 'origin osaka-app', 'listener cannot open 127.0.0.1:9102: the port is in use'],
  ])('says who wanted port %d when it is in use, and stops what it has started', async (port, who, message) => {
    const server = await occupy(port);
    const { code, err } = await start('node_modules/.bin/colocal', ['demo'], { cwd: installed.folder }).ended;
    await close(server);
    expect(code).toBe(1);
    expect(err).toContain(message);
    expect(err).toMatch(new RegExp(`^colocal: ${who} ended \\(exit code 1\\) \\[DEMO_PROCESS_ENDED\\]$`, 'm'));
    expect(err).toContain(`stop what listens on 127.0.0.1:${port}, and start the demo again`);
    expect(err).not.toMatch(/^ +at /m);
    await expectAllGone();
  });
});

test('README.md: "your own app behind it" works as it is written', async () => {
  const app = await startHeldOrigin();
  app.release();
  const [, chapter = ''] =
    /^## Your own app behind it$([\s\S]*?)^## /m.exec(readFileSync(join(PROJECT, 'README.md'), 'utf8')) ?? [];
  const yaml = /```yaml\n([\s\S]*?)```/.exec(chapter)?.[1] ?? '';
  expect(yaml).toContain('http://localhost:3000');
  // Only the app's port differs from what a reader has: another app may be on 3000.
  const cwd = installed.folder;
  writeFileSync(join(cwd, 'colocal.yaml'), yaml.replace('http://localhost:3000', app.url));
  const [edgeCommand = '', connectorCommand = ''] = /```sh\n([\s\S]*?)```/.exec(chapter)?.[1]?.split('\n') ?? [];
  const [, curl = ''] = /`(curl [^`]*)`/.exec(chapter) ?? [];

  const edge = shell(edgeCommand, { cwd });
  await edge.out.next(/Ctrl-C stops/);
  const connector = shell(connectorCommand, { cwd });
  await connector.err.next(/"msg":"ready"/);
  expect(await runShell(curl, { cwd })).toMatchObject({ code: 0, out: 'last piece of /' });
  expect(app.arrivals).toHaveLength(1);

  for (const program of [connector, edge]) {
    program.kill('SIGINT');
    await program.ended;
  }
  await nothingLeft();
});
