import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { matchRule } from '../../protocol/rule-match.js';
import { EFFECTIVE_KEYS, SERVED } from '../../protocol/served.js';
import { selfSigned } from '../testing/certificate.js';
import { DEFAULT_ORIGIN_REQUEST } from './origin-request.js';
import { ConfigurationProblem, pathText } from './problem.js';
import { compileIngress } from './rules.js';

const LAST = { service: 'http_status:404' };

async function served(ingress: object[], authority: string, path = '/'): Promise<string | undefined> {
  const { rules } = await compileIngress({ ingress });
  const rule = matchRule(rules, authority, path);
  return rule?.service.kind === 'origin' ? rule.service.host : rule?.service.kind;
}

/** `place: message` of what is wrong with a document. */
async function problemOf(document: unknown): Promise<string> {
  try {
    await compileIngress(document);
  } catch (error) {
    if (error instanceof ConfigurationProblem) return `${pathText(error.path)}: ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('which rule serves a request', () => {
  const rules = [
    { hostname: 'app.example.com', path: '^/api/.*\\.json$', service: 'http://json' },
    { hostname: 'app.example.com', path: '/api', service: 'http://api' },
    { hostname: 'App.Example.com', service: 'http://app' },
    { hostname: '*.example.com', service: 'http://wildcard' },
    { path: 'caf\u00e9', service: 'http://path' },
    LAST,
  ];

  test.each([
    ['app.example.com', '/', 'app'],
    ['APP.example.COM:8080', '/', 'app'],
    ['app.example.com', '/api/users', 'api'],
    ['app.example.com', '/v1/api', 'api'],
    ['app.example.com', '/api/a.json', 'json'],
    ['app.example.com', '/api/a.json?x=/api', 'json'],
    ['app.example.com', '/other?x=/api', 'app'],
    ['www.example.com', '/', 'wildcard'],
    ['a.b.example.com', '/', 'wildcard'],
    ['example.com', '/', 'status'],
    ['notexample.com', '/', 'status'],
    ['other.test', '/caf%C3%A9', 'path'],
    ['other.test', '/caf%E9', 'status'],
    ['[::1]:8080', '/', 'status'],
  ])('%s%s is served by %s', async (authority, path, service) => {
    expect(await served(rules, authority, path)).toBe(service);
  });

  test.each(['', '*'])('a catch-all may have the hostname "%s"', async (hostname) => {
    expect(await served([{ hostname, service: 'http://all' }], 'anything.test')).toBe('all');
  });

  test('without rules there is none', async () => {
    expect(await served([], 'app.example.com')).toBeUndefined();
    expect((await compileIngress({})).rules).toEqual([]);
  });

  test('a pattern made to be slow is not', async () => {
    const slow = [{ path: '^(a+)+$', service: 'http://slow' }, LAST];
    expect(await served(slow, 'a', `/${'a'.repeat(5000)}!`)).toBe('status');
  });
});

describe('services', () => {
  test.each([
    ['http://localhost:3000', { kind: 'origin', scheme: 'http', host: 'localhost', port: 3000 }],
    ['https://10.0.0.1', { kind: 'origin', scheme: 'https', host: '10.0.0.1', port: 443 }],
    ['http://[::1]:80', { kind: 'origin', scheme: 'http', host: '::1', port: 80 }],
    ['http_status:404', { kind: 'status', status: 404 }],
    ['hello_world', { kind: 'hello_world' }],
    ['ws://localhost:3000', { kind: 'origin', scheme: 'http', host: 'localhost', port: 3000 }],
    ['wss://localhost', { kind: 'origin', scheme: 'https', host: 'localhost', port: 443 }],
    [
      'unix:/run/app.sock',
      { kind: 'origin', scheme: 'http', host: 'localhost', port: 80, socketPath: '/run/app.sock' },
    ],
    ['unix+tls:/a b', { kind: 'origin', scheme: 'https', host: 'localhost', port: 443, socketPath: '/a b' }],
    ['tcp://localhost:2222', { kind: 'tcp', host: 'localhost', port: 2222 }],
    ['tcp://localhost', { kind: 'tcp', host: 'localhost', port: 7864 }],
    ['ssh://[::1]', { kind: 'tcp', host: '::1', port: 22 }],
    ['rdp://10.0.0.1', { kind: 'tcp', host: '10.0.0.1', port: 3389 }],
    ['bastion', { kind: 'bastion' }],
    ['smb://files', { kind: 'tcp', host: 'files', port: 445 }],
    ['vnc://desk:5900', { kind: 'tcp', host: 'desk', port: 5900 }],
  ])('%s', async (service, expected) => {
    expect((await compileIngress({ ingress: [{ service }] })).rules[0]?.service).toEqual(expected);
  });

  test.each([
    [
      'localhost:3000',
      'ingress[0].service: localhost:3000 is an invalid address, please make sure it has a scheme and a hostname',
    ],
    ['web', 'ingress[0].service: web is an invalid address, please make sure it has a scheme and a hostname'],
    [
      'http://a/b',
      "ingress[0].service: http://a/b is an invalid address, ingress rules don't support proxying to a different path",
    ],
    ['gopher://a', 'ingress[0].service: gopher://a has a scheme this connector does not serve'],
    ['http://a/', "ingress rules don't support proxying to a different path"],
    ['ssh://a/b', "ingress rules don't support proxying to a different path"],
    ['unix:', 'ingress[0].service: a service on a unix socket needs the path of the socket'],
    ['http_status:ok', 'ingress[0].service: invalid HTTP status code "ok"'],
    ['http_status:1000', 'ingress[0].service: invalid HTTP status code "1000"'],
    ['http_status:101', 'ingress[0].service: invalid HTTP status code "101"'],
    ['', 'ingress[0].service: an ingress rule needs a service'],
  ])('"%s" is refused', async (service, problem) => {
    expect(await problemOf({ ingress: [{ service }] })).toContain(problem);
  });
});

describe('rules that are refused', () => {
  test.each<[string, object[], string]>([
    [
      'no catch-all',
      [{ hostname: 'a.test', service: 'http://a' }],
      'ingress[0]: The last ingress rule must match all URLs (i.e. it should not have a hostname or path filter)',
    ],
    [
      'a catch-all before the end',
      [{ service: 'http://a' }, LAST],
      "ingress[0]: Rule #1 is matching the hostname '', but this will match every hostname, meaning the rules which follow it will never be triggered.",
    ],
    [
      'a port',
      [{ hostname: 'a.test:80', service: 'http://a' }, LAST],
      'ingress[0].hostname: Hostname cannot contain a port',
    ],
    [
      'a wildcard inside',
      [{ hostname: 'a.*.test', service: 'http://a' }, LAST],
      'ingress[0].hostname: Hostname patterns can have',
    ],
    [
      'a wildcard for half a label',
      [{ hostname: '*a.test', service: 'http://a' }, LAST],
      'ingress[0].hostname: Hostname patterns',
    ],
    ['a broken pattern', [{ path: '(', service: 'http://a' }, LAST], 'ingress[0].path: Rule #1 has an invalid regex'],
    [
      'a pattern that needs backtracking',
      [{ path: '(a)\\1', service: 'http://a' }, LAST],
      'ingress[0].path: Rule #1 has an invalid',
    ],
    ['a rule that is text', ['http://a' as unknown as object], 'ingress[0]: ingress[0] is a mapping'],
    [
      'a hostname that is a number',
      [{ hostname: 5, service: 'http://a' }, LAST],
      'ingress[0].hostname: hostname is text',
    ],
  ])('%s', async (_, ingress, problem) => {
    expect(await problemOf({ ingress })).toContain(problem);
  });

  test.each<[unknown, string]>([
    [[], 'the configuration is a mapping'],
    ['text', 'the configuration is a mapping'],
    [{ ingress: 'x' }, 'ingress: ingress is a list of rules'],
    [{ originRequest: 5 }, 'originRequest: originRequest is a mapping'],
    [
      { 'warp-routing': { connectTimeout: 'soon' } },
      'warp-routing.connectTimeout: connectTimeout is a whole number of seconds',
    ],
  ])('%j', async (document, problem) => {
    expect(await problemOf(document)).toContain(problem);
  });
});

describe('originRequest', () => {
  test('of a rule wins over the global one, which wins over the defaults', async () => {
    const { rules } = await compileIngress({
      originRequest: { connectTimeout: 5, httpHostHeader: 'global.test', noTLSVerify: true },
      ingress: [
        {
          hostname: 'a.test',
          service: 'https://a',
          originRequest: { httpHostHeader: 'rule.test', tlsTimeout: '1m30s' },
        },
        LAST,
      ],
    });
    expect(rules[0]?.originRequest).toEqual({
      ...DEFAULT_ORIGIN_REQUEST,
      connectTimeout: 5000,
      tlsTimeout: 90_000,
      noTLSVerify: true,
      httpHostHeader: 'rule.test',
    });
    expect(rules[1]?.originRequest.httpHostHeader).toBe('global.test');
  });

  test('keys without effect here are accepted', async () => {
    expect(
      await problemOf({
        ingress: [
          {
            ...LAST,
            originRequest: {
              http2Origin: true,
              proxyType: '',
              access: { required: true },
            },
          },
        ],
      }),
    ).toBe('none');
  });

  test.each<[object, string]>([
    [{ connectTimeout: 1.5 }, 'ingress[0].originRequest.connectTimeout: connectTimeout is a whole number of seconds'],
    [{ connectTimeout: -1 }, 'connectTimeout is a whole number'],
    [{ noTLSVerify: 'yes' }, 'noTLSVerify is true or false'],
    [{ http2Origin: 'yes' }, 'http2Origin is true or false'],
    [{ keepAliveConnections: 1.5 }, 'keepAliveConnections is a whole number'],
    [{ proxyType: 'http' }, 'proxyType is empty or "socks"'],
    [{ caPool: 5 }, 'caPool is the path of a file'],
    [{ caPool: '/nowhere/ca.pem' }, 'ingress[0].originRequest.caPool: caPool /nowhere/ca.pem cannot be read'],
    [{ caPool: fileURLToPath(import.meta.url) }, 'has no certificate in PEM form'],
    [
      { access: { required: true, audTag: ['a'] } },
      'ingress[0].originRequest.access: access.TeamName cannot be blank when access.audTags are present',
    ],
    [{ httpHostHeader: 'a\r\nX-Evil: 1' }, 'httpHostHeader is a host name'],
  ])('%j is refused', async (originRequest, problem) => {
    expect(await problemOf({ ingress: [{ ...LAST, originRequest }] })).toContain(problem);
  });

  test('ipRules that cloudflared cannot read are refused where it reads them', async () => {
    const rule = { ...LAST, originRequest: { ipRules: [{ prefix: '10.0.0.0/33' }] } };
    expect(await problemOf({ ingress: [{ ...rule, service: 'socks-proxy' }] })).toBe(
      'ingress[0].originRequest.ipRules[0]: unable to create ip rule for socks-proxy: unable to parse cidr: 10.0.0.0/33',
    );
    expect(await problemOf({ ingress: [rule] })).toBe('none');
  });

  test('bastionMode takes the place of addresses only, and is inherited', async () => {
    const services = ['http://localhost', 'hello_world', 'http_status:404'];
    const ingress = services.map((service, index) =>
      index < 2 ? { hostname: `${index}.test`, service } : { service },
    );
    const { rules } = await compileIngress({ originRequest: { bastionMode: true }, ingress });
    expect(rules.map(({ service }) => service.kind)).toEqual(['bastion', 'hello_world', 'status']);
  });

  test('a name in another script matches what a Host header has for it', async () => {
    const ingress = [
      { hostname: 'Bücher.example', service: 'http_status:201' },
      { hostname: '*.bücher.example', service: 'http_status:202' },
      LAST,
    ];
    const { rules } = await compileIngress({ ingress });
    const texts = ['xn--bcher-kva.example', 'www.xn--bcher-kva.example'].map(
      (host) => matchRule(rules, host, '/')?.text,
    );
    expect(texts).toEqual([
      'rule 1 (bücher.example -> http_status:201)',
      'rule 2 (*.bücher.example -> http_status:202)',
    ]);
  });

  test('warp-routing says how long a private dial may take', async () => {
    expect((await compileIngress({ 'warp-routing': { connectTimeout: 2 } })).warpRouting.connectTimeout).toBe(2000);
    expect((await compileIngress({ 'warp-routing': { enabled: true } })).warpRouting.connectTimeout).toBe(5000);
  });
});

describe('what this connector does not do', () => {
  const texts = async (document: unknown): Promise<readonly string[]> =>
    (await compileIngress(document, { unserved: 'answer' })).warnings.map((w) => `${pathText(w.path)} ${w.message}`);

  test('options without effect are warned of, those that say the default are not', async () => {
    const originRequest = {
      connectTimeout: 5,
      http2Origin: true,
      noHappyEyeballs: false,
      proxyAddress: '127.0.0.1',
      proxyPort: 0,
      access: { required: true },
    };
    expect(
      await texts({
        originRequest,
        ingress: [{ ...LAST, originRequest: { ipRules: [], access: { required: false } } }],
      }),
    ).toEqual([
      "originRequest.http2Origin has no effect at colocal's connectors",
      "originRequest.access.required has no effect at colocal's connectors: they do not check Access tokens",
      "ingress[0].originRequest.ipRules has no effect at colocal's connectors: they do not limit which addresses are reached",
    ]);
  });

  test('every key that is said to have effect has one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'colocal-rules-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'ca.pem'), (await selfSigned('ca.test')).cert);
    const values: Record<string, unknown> = {
      tcpKeepAlive: 1,
      keepAliveTimeout: 1,
      keepAliveConnections: 1,
      noHappyEyeballs: true,
      caPool: join(folder, 'ca.pem'),
      matchSNItoHost: true,
      disableChunkedEncoding: true,
      connectTimeout: 1,
      tlsTimeout: 2,
      noTLSVerify: true,
      httpHostHeader: 'a.test',
      originServerName: 'b.test',
      bastionMode: true,
    };
    for (const key of EFFECTIVE_KEYS) {
      const { rules, warnings } = await compileIngress({ originRequest: { [key]: values[key] }, ingress: [LAST] });
      expect(rules[0]?.originRequest, key).not.toEqual(DEFAULT_ORIGIN_REQUEST);
      expect(warnings).toEqual([]);
    }
  });

  test.each(['gopher://a', 'socks-proxy', 'http_status:101'])(
    'the service %s is answered 502 where one rule must not take the others with it',
    async (service) => {
      const ingress = [{ hostname: 'a.test', service }, { service: 'http://b' }];
      const { rules, warnings } = await compileIngress({ ingress }, { unserved: 'answer' });
      expect(rules.map((rule) => rule.service)).toEqual([
        { kind: 'status', status: 502, source: 'connector' },
        { kind: 'origin', scheme: 'http', host: 'b', port: 80 },
      ]);
      expect(warnings.map((w) => `${pathText(w.path)} ${w.message}`)).toEqual([
        `ingress[0].service ${service} is not served by this connector, so it answers 502: use ${SERVED}`,
      ]);
      expect(await problemOf({ ingress })).not.toBe('none');
    },
  );

  test('what cloudflared refuses too is refused even then', async () => {
    await expect(compileIngress({ ingress: [{ service: 'http://a/b' }] }, { unserved: 'answer' })).rejects.toThrow();
  });
});
