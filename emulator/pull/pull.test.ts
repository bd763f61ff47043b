import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { describe, expect, test } from 'vitest';
import { realDeadlines } from '../../runtime/deadlines.js';
import { WatchedDeadlines } from '../../test/support/deadlines.js';
import { useServer } from '../../test/support/servers.js';
import { type Pulled, type PullOptions, pull } from './pull.js';
import { ACCOUNT_ID, RESULTS, TUNNELS, ZONE_ID } from './v4-account.fixture.js';
import { answer, failure, success, TOKEN, v4Service } from './v4-service.fixture.js';

const golden = readFileSync(new URL('./golden/account.yaml', import.meta.url), 'utf8');
const own = `/accounts/${ACCOUNT_ID}`;

async function pullFrom(service: RequestListener, options: Partial<PullOptions> = {}): Promise<Pulled> {
  const { port } = await useServer(service);
  return pull({
    accountId: ACCOUNT_ID,
    zones: [],
    baseUrl: `http://127.0.0.1:${port}/client/v4/`,
    token: TOKEN,
    file: 'pulled.yaml',
    deadlines: realDeadlines,
    ...options,
  });
}

/** A service that answers one path in its own way. */
function except(path: string, listener: RequestListener, results = RESULTS): RequestListener {
  const usual = v4Service(results);
  return (request, response) => {
    const isMeant = request.url?.split('?', 1)[0] === `/client/v4${path}`;
    (isMeant ? listener : usual)(request, response);
  };
}

describe('pull', () => {
  test('writes what the account has, from where, and that secrets are not in it', async () => {
    const { text, problems, counts } = await pullFrom(v4Service());
    expect(text).toMatch(
      new RegExp(
        `^# Pulled by colocal pull from the account ${ACCOUNT_ID} at http://127.0.0.1:.*\n# Secrets are never`,
      ),
    );
    expect(text.replace(/^# (?:Pulled|Secrets) .*\n/gm, '')).toBe(golden);
    expect(problems).toEqual([]);
    expect(counts).toMatchObject({ zones: 2, pools: 2, monitors: 2, tunnels: 2, routes: 2 });
  });

  test('asks for pages until an empty one, and once for lists that come whole', async () => {
    const [first = {}] = TUNNELS;
    const many = Array.from({ length: 120 }, (_, index) => ({
      ...first,
      id: `00000000-0000-4000-8000-${index.toString().padStart(12, '0')}`,
      name: `tunnel ${index}`,
      config_src: 'local',
    }));
    const asked: string[] = [];
    const { counts } = await pullFrom(v4Service({ ...RESULTS, [`${own}/cfd_tunnel`]: many }, asked));
    expect(counts.tunnels).toBe(120);
    const pages = (path: string) =>
      asked.filter((each) => each.split('?', 1)[0] === path).map((each) => /\bpage=(\d+)/.exec(each)?.[1]);
    expect(pages(`${own}/cfd_tunnel`)).toEqual(['1', '2', '3', '4']);
    expect(pages(`${own}/load_balancers/pools`)).toEqual([undefined]);
    expect(pages(`${own}/teamnet/virtual_networks`)).toEqual([undefined]);
  });

  test('reads only the zones that are named', async () => {
    const asked: string[] = [];
    const { counts } = await pullFrom(v4Service(RESULTS, asked), { zones: ['example.org'] });
    expect(counts.zones).toBe(1);
    expect(asked.filter((path) => path.includes(ZONE_ID))).toEqual([]);
    await expect(pullFrom(v4Service(), { zones: ['example.net'] })).rejects.toMatchObject({
      code: 'PULL_ZONE_UNKNOWN',
      fix: 'name one of: example.com, example.org',
    });
  });

  test('says what an edge would refuse, with its line', async () => {
    const pools = [{ id: '4'.repeat(32), name: 'japan', origins: [{ name: 'a', address: '10.0.0.1/8' }] }];
    const { text, problems } = await pullFrom(v4Service({ ...RESULTS, [`${own}/load_balancers/pools`]: pools }));
    const line = text.split('\n').findIndex((each) => each.includes('10.0.0.1/8')) + 1;
    expect(problems).toContainEqual(
      expect.objectContaining({
        file: 'pulled.yaml',
        line,
        code: 'invalid_address',
        path: 'pools[0].origins[0].address',
      }),
    );
  });

  test('does without what a service does not have, and without load balancing in a zone', async () => {
    const { [`${own}/zerotrust/routes/hostname`]: _routes, [`${own}/load_balancers`]: _balancers, ...fewer } = RESULTS;
    const refused = failure(1002, 'load balancing not enabled for this zone: validation failed');
    const { counts, leftOut } = await pullFrom(
      except(`/zones/${ZONE_ID}/load_balancers`, (_request, response) => answer(response, 400, refused), fewer),
    );
    expect(counts).toMatchObject({ 'load balancers': 0, pools: 2 });
    expect(leftOut.filter(({ message }) => message.includes('no place'))).toHaveLength(1);
  });
});

describe('a service that does not answer as it should', () => {
  const pools = `${own}/load_balancers/pools`;
  test.each([
    [
      401,
      failure(10_000, 'Authentication error'),
      'PULL_UNAUTHORIZED',
      /does not know the token.*Authentication error \(10000\)/,
    ],
    [400, failure(6003, 'Invalid request headers'), 'PULL_UNAUTHORIZED', /Invalid request headers \(6003\)/],
    [403, failure(10_000, 'Authentication error'), 'PULL_FORBIDDEN', /may not read .*pools: Authentication error/],
    [404, failure(7003, 'Could not route'), 'PULL_NOT_FOUND', /has no .*pools: Could not route \(7003\)/],
    [500, failure(1000, 'oops'), 'PULL_REFUSED', /with 500: oops \(1000\)/],
    [200, failure(1000, 'oops'), 'PULL_REFUSED', /with 200: oops \(1000\)/],
    [200, success({}), 'PULL_NOT_V4', /not a list of objects/],
    [200, { pools: [] }, 'PULL_NOT_V4', /without success, errors and result/],
  ])('%i, %o: %s', async (status, body, code, message) => {
    const pulling = pullFrom(except(pools, (_request, response) => answer(response, status, body)));
    await expect(pulling).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('is told which permission the token lacks', async () => {
    const pulling = pullFrom(except(pools, (_request, response) => answer(response, 403, failure(10_000, 'no'))));
    await expect(pulling).rejects.toMatchObject({ fix: expect.stringContaining('Monitors And Pools Read') });
  });

  test('is not followed elsewhere: a redirect would take the token with it', async () => {
    const asked: string[] = [];
    const { port } = await useServer(v4Service(RESULTS, asked));
    const location = `http://127.0.0.1:${port}/client/v4${pools}`;
    const pulling = pullFrom(except(pools, (_request, response) => response.writeHead(302, { location }).end()));
    await expect(pulling).rejects.toMatchObject({ code: 'PULL_NOT_V4' });
    expect(asked).toEqual([]);
  });

  test('is given up when its answer has no end', async () => {
    const piece = Buffer.alloc(1024 * 1024, ' ');
    const pulling = pullFrom(
      except(pools, (_request, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(piece));
          response.once('drain', more);
        };
        more();
      }),
    );
    await expect(pulling).rejects.toMatchObject({ code: 'PULL_NOT_V4', message: expect.stringContaining('32 MiB') });
  });

  test('is given up when it stops in the middle of an answer', async () => {
    const deadlines = new WatchedDeadlines();
    let begun: () => void = () => undefined;
    const stuck = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const pulling = pullFrom(
      except(pools, (_request, response) => {
        response.write('{');
        begun();
      }),
      { deadlines },
    );
    await Promise.all([
      expect(pulling).rejects.toMatchObject({
        code: 'PULL_UNREACHABLE',
        message: expect.stringContaining('30 seconds'),
      }),
      stuck.then(() => deadlines.elapse(30_000)),
    ]);
  });

  test('is asked again as late as it says when it is asked too fast', async () => {
    const deadlines = new WatchedDeadlines();
    let refusals = 0;
    const usual = v4Service();
    const pulling = pullFrom(
      except(pools, (request, response) => {
        if (++refusals > 2) return usual(request, response);
        answer(response, 429, failure(971, 'Please wait'), refusals === 1 ? { 'retry-after': '7' } : {});
      }),
      { deadlines },
    );
    await deadlines.set(7_000);
    deadlines.elapse(7_000);
    await deadlines.set(2_000);
    deadlines.elapse(2_000);
    expect((await pulling).counts.pools).toBe(2);
  });

  test('is not one at all', async () => {
    const options = { zones: [], accountId: ACCOUNT_ID, token: TOKEN, file: 'x', deadlines: realDeadlines };
    await expect(pull({ ...options, baseUrl: 'api.example.com' })).rejects.toMatchObject({ code: 'PULL_BAD_URL' });
    const { server, port } = await useServer(v4Service());
    await new Promise((resolve) => server.close(resolve));
    await expect(pull({ ...options, baseUrl: `http://127.0.0.1:${port}/client/v4` })).rejects.toMatchObject({
      code: 'PULL_UNREACHABLE',
      message: expect.stringContaining('connection refused'),
    });
  });
});
