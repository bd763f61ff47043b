import { createSocket } from 'node:dgram';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ConfigInput } from '../../emulator/index.js';
import { WatchedDeadlines } from '../support/deadlines.js';
import { useEmulator } from '../support/emulator.js';
import { advance, endpointIn, type Monitor } from '../support/health.js';
import { closedPort, stuckPort, useSockets } from '../support/servers.js';

type Origin = NonNullable<ConfigInput['pools']>[number]['origins'][number];
const TIMEOUT = 5;
const LOOPBACK: Origin = { name: 'a', address: '127.0.0.1' };

/** One endpoint, watched from one data center by a monitor of some type; behind a tunnel where it says so. */
function configWith(monitor: Partial<Monitor>, origin: Origin = LOOPBACK): ConfigInput {
  return {
    data_centers: ['NRT'],
    pools: [{ name: 'p', monitor: 'm', origins: [origin] }],
    monitors: [{ name: 'm', timeout: TIMEOUT, retries: 0, ...monitor }],
    tunnels: [{ name: 't', routes: [{ network: '10.1.2.0/24', virtual_network: 'lab' }] }],
    virtual_networks: [{ name: 'lab' }],
  };
}

/** Checks once, and tells how it went: the failure and its detail, or `healthy`. */
async function check(config: ConfigInput, deadlines?: WatchedDeadlines, meanwhile?: () => Promise<void>) {
  const emu = await useEmulator({ config, clock: 'manual', ...(deadlines ? { deadlines } : {}) });
  const checked = advance(emu, '0s');
  await meanwhile?.();
  await checked;
  const { state, failing } = await endpointIn(emu, 'p', 'a');
  const [failure] = failing;
  return failure ? [failure.failure_reason, failure.detail] : [state];
}

describe('an smtp monitor', () => {
  /** A mail server that says what it is told to. Returns what it heard. */
  async function useMailServer(greeting: string, answers: Readonly<Record<string, string>>) {
    const heard: string[] = [];
    const { port } = await useSockets((socket) => {
      socket.write(greeting);
      socket.on('data', (chunk) => {
        for (const line of chunk.toString().split('\r\n').filter(Boolean)) {
          heard.push(line);
          socket.write(answers[line.split(' ')[0] ?? ''] ?? '500 what?\r\n');
        }
      });
      socket.on('end', () => socket.end());
    });
    return { port, heard };
  }
  const GOOD = { HELO: '250-mail.example.com\r\n250 at your service\r\n', QUIT: '221 bye\r\n' };

  test('passes when HELO is answered 250 and QUIT 221', async () => {
    const { port, heard } = await useMailServer('220 mail.example.com ESMTP\r\n', GOOD);
    expect(await check(configWith({ type: 'smtp', port }))).toEqual(['healthy']);
    expect(heard).toEqual(['HELO localhost', 'QUIT']);
  });

  test.each([
    ['554 go away\r\n', GOOD, 'Response code mismatch error', 'the greeting was answered 554 go away, expected 220'],
    ['220 hi\r\n', {}, 'Response code mismatch error', 'HELO was answered 500 what?, expected 250'],
    [
      '220 hi\r\n',
      { ...GOOD, QUIT: '421 busy\r\n' },
      'Response code mismatch error',
      'QUIT was answered 421 busy, expected 221',
    ],
    ['HTTP/1.1 400 Bad Request\r\n\r\n', GOOD, 'Other Failure', 'what came in answer to the greeting is not SMTP'],
  ])('fails when the server greets with %j', async (greeting, answers, reason, detail) => {
    const { port } = await useMailServer(greeting, answers);
    expect(await check(configWith({ type: 'smtp', port }))).toEqual([reason, detail]);
  });

  test('fails when nobody listens, and when the connection is closed', async () => {
    const refused = await check(configWith({ type: 'smtp', port: await closedPort() }));
    expect(refused).toEqual(['TCP connection failed', expect.stringContaining('ECONNREFUSED')]);
    const { port } = await useSockets((socket) => socket.end('220 hi\r\n'));
    const closed = await check(configWith({ type: 'smtp', port }));
    expect(closed).toEqual(['Connection Reset by Peer', expect.any(String)]);
  });

  test('fails when nothing is said in time, and when no connection is established', async () => {
    let connected: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      connected = resolve;
    });
    const { port: silent } = await useSockets(() => connected());
    for (const [port, ready] of [
      [silent, begun],
      [await stuckPort(), undefined],
    ] as const) {
      const deadlines = new WatchedDeadlines();
      const found = await check(configWith({ type: 'smtp', port }), deadlines, async () => {
        await Promise.all([ready, deadlines.set(TIMEOUT * 1000)]);
        deadlines.elapse(TIMEOUT * 1000);
      });
      expect(found).toEqual(['TCP Timeout', 'the mail server did not answer within 5 s']);
    }
  });
});

/** Makes the edge find this script as `ping`; undefined: none at all. */
async function usePing(script?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'colocal-ping-'));
  const { PATH } = process.env;
  onTestFinished(async () => {
    process.env.PATH = PATH;
    await rm(folder, { recursive: true });
  });
  if (script !== undefined) {
    const program = join(folder, 'ping');
    await writeFile(program, `#!/bin/sh\n${script}\n`);
    await chmod(program, 0o755);
  }
  process.env.PATH = folder;
  return folder;
}

describe('an icmp_ping monitor', () => {
  test('passes when the system’s ping gets an answer', async () => {
    await usePing('[ "$*" = "-n -c 1 -- 127.0.0.1" ]');
    expect(await check(configWith({ type: 'icmp_ping' }))).toEqual(['healthy']);
  });

  test('asks for the address of a host name', async () => {
    await usePing('case "$*" in "-n -c 1 -- 127.0.0.1" | "-n -c 1 -- ::1") exit 0;; esac; exit 1');
    expect(await check(configWith({ type: 'icmp_ping' }, { name: 'a', address: 'localhost' }))).toEqual(['healthy']);
    const unknown = await check(configWith({ type: 'icmp_ping' }, { name: 'a', address: 'nonexistent.invalid' }));
    expect(unknown[0]).toBe('DNS Unknown Host');
  });

  test('fails without an answer, and when there is no ping, or no right to it', async () => {
    const found: unknown[] = [];
    for (const script of ['exit 1', undefined, 'echo "ping: socket: Operation not permitted" >&2; exit 2']) {
      await usePing(script);
      found.push(await check(configWith({ type: 'icmp_ping' })));
    }
    expect(found).toEqual([
      ['Other Failure', 'no echo reply within 5 s'],
      ['Monitor Config Error', expect.stringMatching(/there is none on this machine; install it$/)],
      ['Monitor Config Error', expect.stringMatching(/ping: socket: Operation not permitted$/)],
    ]);
  });

  test('ends a ping that takes too long', async () => {
    await usePing('exec /bin/sleep 600');
    const deadlines = new WatchedDeadlines();
    const found = await check(configWith({ type: 'icmp_ping' }), deadlines, async () => {
      await deadlines.set(TIMEOUT * 1000);
      deadlines.elapse(TIMEOUT * 1000);
    });
    expect(found).toEqual(['Other Failure', 'no echo reply within 5 s']);
  });
});

describe('a udp_icmp monitor', () => {
  test('passes when the service answers a datagram', async () => {
    await usePing('exit 0');
    const service = createSocket('udp4');
    service.on('message', (_message, { port, address }) => service.send('here', port, address));
    await new Promise<void>((resolve) => service.bind(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      service.close();
    });
    const { port } = service.address() as AddressInfo;
    expect(await check(configWith({ type: 'udp_icmp', port }))).toEqual(['healthy']);
  });

  test('passes when nothing comes back as long as the timeout lasts', async () => {
    await usePing('exit 0');
    const deadlines = new WatchedDeadlines();
    const service = createSocket('udp4');
    const received = new Promise((resolve) => service.once('message', resolve));
    await new Promise<void>((resolve) => service.bind(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      service.close();
    });
    const { port } = service.address() as AddressInfo;
    const found = await check(configWith({ type: 'udp_icmp', port }), deadlines, async () => {
      await received;
      deadlines.elapse(TIMEOUT * 1000);
    });
    expect(found).toEqual(['healthy']);
  });

  test('fails when the port is unreachable, and when nobody answers pings', async () => {
    await usePing('exit 0');
    const service = createSocket('udp4');
    await new Promise<void>((resolve) => service.bind(0, '127.0.0.1', resolve));
    const { port } = service.address() as AddressInfo;
    await new Promise<void>((resolve) => service.close(resolve));
    const closed = await check(configWith({ type: 'udp_icmp', port }));
    expect(closed).toEqual(['Other Failure', expect.stringMatching(/^UDP port \d+ is unreachable: .*ECONNREFUSED/)]);
    await usePing('exit 1');
    expect(await check(configWith({ type: 'udp_icmp', port }))).toEqual(['Other Failure', 'no echo reply within 5 s']);
  });
});

describe('behind a tunnel', () => {
  const published: Origin = { name: 'a', tunnel: 't' };
  const routed: Origin = { name: 'a', address: '10.1.2.3', virtual_network: 'lab' };

  test.each([
    ['smtp', { type: 'smtp', port: 25 }],
    ['icmp_ping', { type: 'icmp_ping' }],
    ['udp_icmp', { type: 'udp_icmp', port: 53 }],
  ] as const)('%s monitors watch nothing, and say so', async (_type, monitor) => {
    for (const origin of [published, routed]) {
      const [reason, detail] = await check(configWith(monitor, origin));
      expect([reason, detail]).toEqual(['Monitor Config Error', expect.stringMatching(/tunnel/)]);
    }
  });
});
