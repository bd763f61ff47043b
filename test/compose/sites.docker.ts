import { get as getHttps } from 'node:https';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFailed, onTestFinished, test } from 'vitest';
import { send } from '../processes/support/client.js';
import { parseRoute } from '../support/route.js';
import { DIAL } from './support/dial.js';
import { docker, noEngine } from './support/docker.js';
import { eventually } from './support/eventually.js';
import { SitesProject } from './support/sites-project.js';
import { get, getMany, notOk, origins, statuses, Traffic } from './support/traffic.js';

const APP = 'app.example.com';
const INTERNAL = 'internal.example.com';
const TOKYO = ['tokyo-connector', 'tokyo-app', 'tokyo-internal'];
/** Enough that with two endpoints drawn evenly a healthy one is missed once in 10^9 runs. */
const MANY = 30;

/** Calls the v4 API of the demo's edge from inside its container, and prints the answer. */
const V4 = `
  const call = async (method, path, body) => {
    const answer = await fetch('http://127.0.0.1:7880/client/v4/accounts/de300000000000000000000000000001' + path, {
      method,
      headers: {
        authorization: 'Bearer demonstration-only-demonstration-only-0000',
        'content-type': 'application/json',
      },
      body: body && JSON.stringify(body),
    });
    console.log(await answer.text());
  };`;

// One setup, which each test leaves whole: starting it anew for each would take minutes.
describe.skipIf(noEngine())('docker compose', () => {
  let project: SitesProject;

  beforeAll(async () => {
    project = await SitesProject.create();
    await project.up();
  });
  afterAll(() => project.remove());

  /** Puts the last lines of the log beside a failure. */
  function withLog(): void {
    onTestFailed(async () => {
      console.error(await project.compose('logs', '--tail', '15'));
    });
  }

  /** Resolves once both sites answer for both hosts again. */
  async function bothSites(): Promise<void> {
    await eventually('both sites answer', async () => {
      const app = await getMany(project.http, APP, MANY);
      const internal = await getMany(project.http, INTERNAL, MANY);
      return (origins([...app, ...internal]).length === 4 && notOk([...app, ...internal]).length === 0) || undefined;
    });
  }

  describe('the image', () => {
    test('runs as a user without rights, with no package but that of the state, and adds little to its base', async () => {
      expect(await docker(['run', '--rm', '--entrypoint', 'id', project.image, '-un'])).toBe('node');
      const [size, base] = await Promise.all(
        [project.image, 'node:24-bookworm-slim'].map((image) => docker(['image', 'inspect', '-f', '{{.Size}}', image])),
      );
      expect(Number(size) - Number(base)).toBeLessThan(13_000_000);
      const files = await docker(['run', '--rm', '--entrypoint', 'find', project.image, '/app']);
      expect(files).toContain('/app/dist/main.cjs');
      expect(files).toContain('/app/dist/THIRD-PARTY-LICENSES.txt');
      expect(files).not.toMatch(/node_modules\/fastify|\.ts$|\.map$/m);
    });

    test('keeps its state in a folder, which the next container goes on with', async () => {
      const volume = await docker(['volume', 'create']);
      onTestFinished(async () => {
        await docker(['volume', 'rm', '--force', volume]);
      });
      const useEdge = async (): Promise<string> => {
        const edge = ['up', '--config', '/app/examples/demo/colocal.yaml', '--state', '/var/lib/colocal/state'];
        const id = await docker(['run', '-d', '-v', `${volume}:/var/lib/colocal`, project.image, ...edge]);
        onTestFinished(async () => {
          await docker(['rm', '--force', id]);
        });
        const ready = ['exec', id, 'ready', 'http://127.0.0.1:7880/colocal/v1/ready'];
        await eventually('it is ready', () =>
          docker(ready).then(
            () => true,
            () => undefined,
          ),
        );
        return id;
      };
      const api = (id: string, script: string): Promise<string> =>
        docker(['exec', id, 'node', '-e', `${V4} ${script}`]);
      const first = await useEdge();
      await api(first, "call('POST', '/load_balancers/monitors', { expected_codes: '2xx', description: 'kept' })");
      await docker(['kill', '--signal', 'KILL', first]);
      const second = await useEdge();
      expect(await api(second, "call('GET', '/load_balancers/monitors')")).toContain('"description":"kept"');
    });

    test('stops in order as the first process of a container', async () => {
      const id = await docker([
        'run',
        '-d',
        '--rm',
        project.image,
        'origin',
        '--name',
        'first',
        '--listen',
        '0.0.0.0:8080',
      ]);
      onTestFinished(async () => {
        await docker(['rm', '--force', id]).catch(() => 'it removed itself');
      });
      await eventually('it listens', async () => (await docker(['logs', id])).includes('listens on') || undefined);
      const ended = docker(['wait', id]);
      await docker(['stop', id]);
      expect(await ended).toBe('0');
    });
  });

  describe('a request', () => {
    test('reaches both sites by public hostname', async () => {
      const answers = await getMany(project.http, APP, MANY);
      expect(statuses(answers)).toEqual([200]);
      expect(origins(answers)).toEqual(['osaka-app', 'tokyo-app']);
      for (const { origin, tunnel } of answers) expect(origin).toBe(`${tunnel}-app`);
    });

    test('reaches both sites by private IP, each by its own tunnel', async () => {
      const answers = await getMany(project.http, INTERNAL, MANY);
      expect(statuses(answers)).toEqual([200]);
      expect(origins(answers)).toEqual(['osaka-internal', 'tokyo-internal']);
      for (const { origin, tunnel } of answers) expect(origin).toBe(`${tunnel}-internal`);
    });

    test('comes in by HTTPS, with a certificate of the authority that the edge shows', async () => {
      const ca = await project.compose('exec', '-T', 'edge', 'colocal', 'ca');
      const status = await new Promise((resolve, reject) => {
        const options = { host: '127.0.0.1', port: project.httpsPort, servername: APP, headers: { host: APP }, ca };
        getHttps(options, (response) => resolve(response.resume().statusCode)).on('error', reject);
      });
      expect(status).toBe(200);
    });
  });

  describe('the networks', () => {
    test.each(['10.81.0.11', '10.82.0.11'])('keep the edge from %s, whose connectors reach it', async (address) => {
      const site = address.startsWith('10.81.') ? 'tokyo' : 'osaka';
      expect(await project.node(`${site}-connector`, DIAL, address, '8080')).toBe('connected');
      expect(await project.node('edge', DIAL, address, '8080')).not.toBe('connected');
    });

    test('keep the edge from the names of a site, and one site from the other', async () => {
      expect(await project.node('tokyo-connector', DIAL, 'tokyo-app', '8080')).toBe('connected');
      expect(await project.node('edge', DIAL, 'tokyo-app', '8080')).not.toBe('connected');
      expect(await project.node('osaka-connector', DIAL, '10.81.0.11', '8080')).not.toBe('connected');
    });
  });

  test('the logs are for people', async () => {
    // Compose writes codes of its own before each line, even into a file.
    const log = stripVTControlCharacters(
      await project.compose('logs', '--no-log-prefix', 'edge', 'tokyo-connector', 'tokyo-app'),
    );
    expect(log).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: connected to the edge \{/m);
    expect(log).toMatch(/^origin tokyo-app listens on /m);
    expect(log).not.toMatch(/^\s*\{/m);
  });

  test('an edit of the mounted configuration is applied while requests go on', async () => {
    withLog();
    expect((await get(project.http, 'second.example.com')).status).not.toBe(200);
    const traffic = new Traffic(project.http, [APP]);
    const second = '      - { name: second.example.com, proxied: true, default_pools: [internal] }\n';
    project.edit((text) => text.replace('    load_balancers:\n', `    load_balancers:\n${second}`));
    const answer = await eventually('the new name answers', async () => {
      const found = await get(project.http, 'second.example.com');
      return found.status === 200 ? found : undefined;
    });
    expect(answer.origin).toMatch(/-internal$/);
    expect(notOk(await traffic.stop())).toEqual([]);
  });

  describe('a replica, with traffic running,', () => {
    test('is killed: every request is answered, by the other one too', async () => {
      withLog();
      const traffic = new Traffic(project.http, [APP, INTERNAL]);
      await traffic.next(50);
      const [victim = ''] = await project.containersOf('tokyo-connector');
      await docker(['kill', victim]);
      await eventually('the edge notices', async () => (await project.connectors('tokyo')) === 1 || undefined);
      const after = await traffic.next(100);
      expect(origins(after)).toContain('tokyo-app');
      expect(new Set(after.filter(({ tunnel }) => tunnel === 'tokyo').map(({ connector }) => connector)).size).toBe(1);
      expect(notOk(await traffic.stop())).toEqual([]);
      await project.up();
      expect(await project.connectors('tokyo')).toBe(2);
    });

    test('is stopped: what is under way through it ends well, and nothing is lost', async () => {
      withLog();
      const traffic = new Traffic(project.http, [APP, INTERNAL]);
      // So many that both replicas have some, but for once in 10^5 runs.
      const streams = Array.from({ length: 48 }, () => send(project.http, '/stream?count=20&ms=150'));
      await Promise.all(streams.map(({ begun }) => begun));
      const [leaving = ''] = await project.containersOf('tokyo-connector');
      await docker(['stop', '--time', '35', leaving]);
      expect(await docker(['inspect', '-f', '{{.State.ExitCode}}', leaving])).toBe('0');
      const outcomes = await Promise.all(streams.map(({ outcome }) => outcome));
      const throughTokyo = new Set<unknown>();
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ kind: 'answered', status: 200, body: expect.stringContaining('id: 20\n') });
        if (outcome.kind !== 'answered') continue;
        const route = parseRoute(outcome.headers['colocal-route']?.toString());
        if (route.tunnel === 'tokyo') throughTokyo.add(route.connector);
      }
      // Or the one that left may have had nothing to finish.
      expect(throughTokyo.size).toBe(2);
      await traffic.next(50);
      expect(notOk(await traffic.stop())).toEqual([]);
      await project.up();
    });

    test('gets company, and loses it: no request is lost', async () => {
      withLog();
      const traffic = new Traffic(project.http, [APP, INTERNAL]);
      await project.up('--no-recreate', '--scale', 'tokyo-connector=4');
      expect(await project.connectors('tokyo')).toBe(4);
      await traffic.next(100);
      await project.up('--no-recreate', '--scale', 'tokyo-connector=1');
      expect(await project.containersOf('tokyo-connector')).toHaveLength(1);
      expect(await project.connectors('tokyo')).toBe(1);
      await traffic.next(50);
      expect(notOk(await traffic.stop())).toEqual([]);
      await project.up();
      expect(await project.connectors('tokyo')).toBe(2);
    });
  });

  describe.each(['stop', 'kill'])('a whole site, with traffic running, after `%s`', (how) => {
    test('is gone, the other answers, no request hangs; started again, it is back', async () => {
      withLog();
      const traffic = new Traffic(project.http, [APP, INTERNAL]);
      await traffic.next(50);
      await project.compose(how, ...TOKYO);
      await eventually('the edge notices', async () => (await project.connectors('tokyo')) === 0 || undefined);
      await eventually('the monitors notice', async () => (await project.notFailing('tokyo')) === 0 || undefined);
      // Those that were under way.
      await traffic.next(20);
      const without = await traffic.next(4 * MANY);
      expect(origins(without)).toEqual(['osaka-app', 'osaka-internal']);
      expect(notOk(without)).toEqual([]);
      await project.upAgain();
      await bothSites();
      // Whatever happened: an answer, and none from an error inside the edge.
      const all = await traffic.stop();
      expect(notOk(all).filter(({ status }) => status < 502)).toEqual([]);
    });
  });

  describe('the edge', () => {
    test.each(['restart', 'kill'])('comes back after `%s`, and its connectors to it', async (how) => {
      withLog();
      const before = await project.containersOf('tokyo-connector');
      await project.compose(how, 'edge');
      await project.upAgain();
      await eventually('every connector is back', async () => {
        const counts = await Promise.all([project.connectors('tokyo'), project.connectors('osaka')]);
        return counts.every((count) => count === 2) || undefined;
      });
      await bothSites();
      expect((await project.containersOf('tokyo-connector')).sort()).toEqual(before.sort());
    });
  });

  test("one's own app stands in the place of the sample", async () => {
    withLog();
    await project.composeWithOwnApp('up', '--detach', '--wait', '--build', 'tokyo-app');
    await eventually('it answers', async () => {
      const { outcome } = send(project.http, '/');
      const answer = await outcome;
      return (answer.kind === 'answered' && answer.body.startsWith('my own app, asked by ')) || undefined;
    });
  });

  test('`down` leaves nothing', async () => {
    expect(await project.left()).not.toEqual([]);
    await project.down();
    expect(await project.left()).toEqual([]);
  });
});
