import { Command } from 'commander';
import { expect, test } from 'vitest';
import type { CommandContext } from './context.js';
import { registerExpr } from './expr.js';

interface Said {
  out: string[];
  err: string[];
  code: number;
}

async function expr(...args: string[]): Promise<Said> {
  const said: Said = { out: [], err: [], code: 0 };
  const context: CommandContext = {
    exitCode: 0,
    version: '0.1.0',
    loadConnector: () => Promise.reject(new Error('not needed')),
    loadOrigin: () => Promise.reject(new Error('not needed')),
    print: (text) => said.out.push(...text.split('\n')),
    warn: (text) => said.err.push(...text.split('\n')),
  };
  const program = new Command().exitOverride().configureOutput({ writeErr: (text) => said.err.push(text) });
  registerExpr(program, context);
  for (const command of program.commands) command.exitOverride();
  await program.parseAsync(['expr', ...args], { from: 'user' });
  return { ...said, code: context.exitCode };
}

test('prints the canonical form of a good expression', async () => {
  expect(await expr('(http.host=="a")')).toEqual({ out: ['http.host eq "a"'], err: [], code: 0 });
});

test.each([
  [['http.host == "a"', '--host', 'A'], 'true'],
  [['http.host == "a"', '--host', 'b'], 'false'],
  [['http.request.uri.args["x"][0] == "1"', '--path', '/?x=1'], 'true'],
  [['http.request.method == "PUT"', '--method', 'put'], 'true'],
  [['all(http.request.headers["a"][*] in {"1" "2: 3"})', '--header', 'A: 1', '--header', 'A:2: 3 '], 'true'],
  [['len(http.request.headers["a"]) == 2', '--header', 'A: 1', '--header', 'A: 2'], 'true'],
  [['ip.src in {192.0.2.0/24}', '--client-ip', '192.0.2.1'], 'true'],
  [['ip.src.asnum == 64501', '--asn', '64501'], 'true'],
  [['cf.load_balancer.region == "WEU"', '--colo', 'LHR'], 'true'],
  [['cf.load_balancer.region == "NEAS"', '--host', 'a'], 'true'],
  [['cf.load_balancer.name == "lb" and http.host == "lb"', '--load-balancer', 'lb'], 'true'],
  [['http.request.version == "HTTP/3"', '--http-version', 'HTTP/3'], 'true'],
  [['http.request.timestamp.sec > 1700000000', '--host', 'a'], 'true'],
])('with a request, %j is %s; the exit code is 0 either way', async (args, result) => {
  const { out, code } = await expr(...args);
  expect([out.at(-1), code]).toEqual([result, 0]);
});

test('shows where a wrong one is wrong: exit code 1', async () => {
  expect(await expr('http.host = "a"')).toEqual({
    out: [],
    err: [
      'colocal: "=" means nothing here (line 1, column 11) [EXPRESSION_INVALID]',
      '    http.host = "a"',
      '              ^',
      '  equality is == or eq',
    ],
    code: 1,
  });
});

test.each([
  [['dns.qry.qu', '--header', 'nothing'], "'Name: value'"],
  [['dns.qry.qu', '--asn', 'AS1'], 'a number'],
  [['dns.qry.qu', '--http-version', '2'], 'HTTP/1.1'],
])('%j is wrong usage', async (args, message) => {
  await expect(expr(...args)).rejects.toThrow(message);
});

test.each([
  [['dns.qry.qu', '--client-ip', '10.1'], 'client IP'],
  [['dns.qry.qu', '--path', 'blog'], 'path'],
  [['dns.qry.qu', '--colo', 'TKY'], 'TKY'],
])('%j is refused', async (args, message) => {
  await expect(expr(...args)).rejects.toThrow(message);
});
