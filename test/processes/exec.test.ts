import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { leavesNothingBehind } from './support/left-behind.js';
import { freePort, isFree } from './support/ports.js';
import { builtMain, colocal, type Ended, runColocal, start } from './support/program.js';
import { PROJECT } from './support/project.js';
import { ANY_PORTS, oneTunnel, temporaryFolder } from './support/setup.js';

leavesNothingBehind();

/** Runs a script of Node's with an edge of a tunnel to hello-world. */
function exec(script: string, ...options: string[]): Promise<Ended> {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'colocal.yaml'), oneTunnel('hello_world'));
  return runColocal(['exec', ...options, '--', process.execPath, '-e', script], { cwd });
}

describe('exec', () => {
  test('lets the command reach the edge, its connector and its API', async () => {
    const script = `
      const { request } = require('node:http');
      const { env } = process;
      (async () => {
        const status = await new Promise((resolve) =>
          request(env.COLOCAL_HTTP_URL, { headers: { host: 'app.example.com' } }, (response) => {
            response.resume();
            resolve(response.statusCode);
          }).end());
        const headers = { authorization: 'Bearer ' + env.CLOUDFLARE_API_TOKEN };
        const zones = await (await fetch(env.CLOUDFLARE_BASE_URL + '/zones', { headers })).json();
        const { tunnels } = await (await fetch(env.COLOCAL_URL + '/colocal/v1/state')).json();
        console.log(status, zones.result[0].name, tunnels[0].connections.length, env.COLOCAL_API_TOKEN === env.CLOUDFLARE_API_TOKEN);
      })();`;
    expect(await exec(script, '--connect', 'app@LHR')).toMatchObject({ code: 0, out: '200 example.com 4 true\n' });
  });

  test('exits with what the command exits with', async () => {
    expect(await exec('process.exit(7)')).toMatchObject({ code: 7, err: '' });
  });

  test('says with 128 and its number that a signal ended the command', async () => {
    expect(await exec("process.kill(process.pid, 'SIGTERM')")).toMatchObject({ code: 143 });
  });

  test('passes signals on, and ends when the command has', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'colocal.yaml'), oneTunnel('hello_world'));
    const script = `
      process.on('SIGTERM', () => { console.log('cleaning up'); process.exit(3); });
      setInterval(() => {}, 1000);
      console.log(new URL(process.env.COLOCAL_URL).port);`;
    const program = colocal(['exec', '--', process.execPath, '-e', script], { cwd });
    const [, port] = await program.out.next(/^(\d+)\n/);
    program.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 3, out: `${port}\ncleaning up\n` });
    expect(await isFree(Number(port))).toBe(true);
  });

  test('takes the ports of the file when it is told to', async () => {
    const cwd = temporaryFolder();
    const http = await freePort();
    writeFileSync(join(cwd, 'colocal.yaml'), oneTunnel('hello_world', { ...ANY_PORTS, http }));
    const run = async (ports: string): Promise<string> => {
      const script = "console.log(process.env.COLOCAL_HTTP_URL, 'COLOCAL_ON_RAMP_URL' in process.env)";
      const { out } = await runColocal(['exec', '--ports', ports, '--', process.execPath, '-e', script], { cwd });
      return out.trim();
    };
    expect(await run('file')).toBe(`http://127.0.0.1:${http} false`);
    expect(await run('free')).not.toContain(`:${http} `);
  });

  test.each<[string, string[], number, RegExp]>([
    [
      'a command that is not there',
      ['exec', '--', 'no-such-command'],
      127,
      /there is no command "no-such-command" .*COMMAND_NOT_FOUND/,
    ],
    ['a command that is no program', ['exec', '--', './colocal.yaml'], 126, /COMMAND_NOT_RUN/],
    ['no command', ['exec'], 2, /missing required argument 'command'/],
    ['a file that is not there', ['exec', '-c', 'none.yaml', '--', 'true'], 1, /CONFIG_NOT_FOUND/],
    ['a tunnel that is not there', ['exec', '--connect', 'ap@NRT', '--', 'true'], 1, /UNKNOWN_TUNNEL/],
    ['a connector without a tunnel', ['exec', '--connect', '@NRT', '--', 'true'], 2, /It must be TUNNEL/],
  ])('refuses %s', async (_, args, code, said) => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'colocal.yaml'), oneTunnel('hello_world'));
    expect(await runColocal(args, { cwd })).toMatchObject({ code, out: '', err: expect.stringMatching(said) });
  });
});

describe('action.yml', () => {
  const action = parse(readFileSync(join(PROJECT, 'action.yml'), 'utf8')) as {
    inputs: Record<string, { default: string }>;
    outputs: Record<string, { value: string }>;
    runs: { using: string; steps: { id: string; shell: string; run: string; env: Record<string, string> }[] };
  };
  const [step] = action.runs.steps;

  /** Runs its one step as a runner does. */
  async function runStep(inputs: Readonly<Record<string, string>>) {
    const cwd = temporaryFolder();
    const file = (name: string): string => join(cwd, name);
    for (const name of ['env', 'output']) writeFileSync(file(name), '');
    writeFileSync(file('colocal.yaml'), `${oneTunnel('hello_world')}`);
    writeFileSync(file('step.sh'), step?.run ?? '');
    const given = Object.entries(step?.env ?? {}).map(([name, value]) => {
      const input = /^\$\{\{ inputs\.(\S+) \}\}$/.exec(value)?.[1] ?? '';
      return [name, inputs[input] ?? action.inputs[input]?.default ?? 'no such input'];
    });
    const env = {
      ...Object.fromEntries(given),
      GITHUB_ENV: file('env'),
      GITHUB_OUTPUT: file('output'),
      RUNNER_TEMP: cwd,
    };
    // As `shell: bash` is run.
    const ended = await start('bash', ['--noprofile', '--norc', '-eo', 'pipefail', file('step.sh')], { cwd, env })
      .ended;
    const lines = (name: string): Record<string, string> =>
      Object.fromEntries(
        readFileSync(file(name), 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      );
    return { ...ended, env: lines('env'), output: lines('output') };
  }
  const command = `${process.execPath} ${builtMain()}`;

  test('is a composite action, with bash', () => {
    expect(action.runs.using).toBe('composite');
    expect(step?.shell).toBe('bash');
    // Each output is one of its step's.
    const given = Object.values(action.outputs).map(({ value }) => /^\$\{\{ steps\.(\S+) \}\}$/.exec(value)?.[1]);
    expect(given).toEqual([`${step?.id}.outputs.url`, `${step?.id}.outputs.http-url`]);
  });

  test('starts an edge that goes on, and tells the next steps where it is', async () => {
    const { code, out, env, output } = await runStep({ command, args: '--seed "a b"' });
    try {
      expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('seed a b\n') });
      expect(output).toEqual({ url: env.COLOCAL_URL, 'http-url': env.COLOCAL_HTTP_URL });
      expect(out).toContain(`::add-mask::${env.COLOCAL_API_TOKEN}`);
      const ready = await fetch(`${env.COLOCAL_URL}/colocal/v1/ready`);
      expect(ready.status).toBe(200);
      expect(readFileSync(env.COLOCAL_LOG ?? '', 'utf8')).toContain('Ctrl-C stops');
    } finally {
      process.kill(Number(env.COLOCAL_PID), 'SIGTERM');
    }
  });

  test('fails when the edge does not start, and shows why', async () => {
    const { code, out, env } = await runStep({ command, config: 'none.yaml' });
    expect({ code, env }).toEqual({ code: 1, env: {} });
    expect(out).toMatch(/::error::colocal ended before it was ready\n[\s\S]*CONFIG_NOT_FOUND/);
  });
});
