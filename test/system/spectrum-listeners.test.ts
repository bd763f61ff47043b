import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import type { ConfigInput, Emulator } from '../../emulator/index.js';
import type { EdgeEvent } from '../../emulator/observe/journal.types.js';
import { dial, readUntil } from '../support/client.js';
import { address, nextEvent, useEmulator } from '../support/emulator.js';
import { closedPort, useSockets } from '../support/servers.js';
import { endOf, spectrumConfig, useSpectrum } from '../support/spectrum.js';

async function useEcho(name: string): Promise<number> {
  const { port } = await useSockets((socket) => {
    socket.write(`${name}:`);
    socket.pipe(socket);
  });
  return port;
}

const urlOf = (emu: Emulator, name = 'db'): string => {
  const url = emu.spectrum[name];
  if (url === undefined) throw new Error(`${name} does not listen`);
  return url;
};

/** What the endpoint says first. */
async function nameAt(url: string): Promise<string> {
  return readUntil(await dial(url), (text) => text.endsWith(':'));
}

describe('TLS that ends at the edge', () => {
  async function useTls(options: { readonly servername: string; readonly dns?: string }) {
    const { emu } = await useSpectrum({
      application: {
        tls: 'flexible',
        proxy_protocol: 'v1',
        ...(options.dns === undefined ? {} : { dns: { name: options.dns } }),
      },
      ports: [await useEcho('a')],
    });
    const { port } = new URL(urlOf(emu));
    const socket = connectTls({
      port: Number(port),
      host: '127.0.0.1',
      servername: options.servername,
      ca: await emu.caPem(),
      ALPNProtocols: ['postgresql'],
    });
    onTestFinished(() => void socket.destroy());
    return { emu, socket };
  }

  test.each([
    ['the load balancer', { servername: 'db.example.com' }],
    ['the application', { servername: 'in.example.com', dns: 'in.example.com' }],
  ])('has a certificate for the name of %s; the endpoint gets plain TCP', async (_name, options) => {
    const { emu, socket } = await useTls(options);
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    expect(socket.authorized).toBe(true);
    // Nothing is agreed on: what is spoken inside is the endpoint's.
    expect(socket.alpnProtocol).toBe(false);
    const port = new URL(urlOf(emu)).port;
    const header = `PROXY TCP4 127.0.0.1 127.0.0.1 ${socket.localPort} ${port}\r\n`;
    expect(await readUntil(socket, (text) => text.includes('\r\n'))).toBe(`a:${header}`);
    socket.end('hello');
    expect(await readUntil(socket, (text) => text === 'hello')).toBe('hello');
    expect(await endOf(socket)).toBe('end');
  });

  test('refuses a name that it does not have', async () => {
    const { emu, socket } = await useTls({ servername: 'other.example.net' });
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve));
    expect(error.code).toBe('ERR_SSL_TLSV1_UNRECOGNIZED_NAME');
    expect(emu.requests.list()).toEqual([]);
  });

  test('resets the endpoint when the client inside TLS is reset', async () => {
    let end: (how: string) => void = () => undefined;
    const origin = new Promise<string>((resolve) => {
      end = resolve;
    });
    const { port } = await useSockets((socket) => {
      socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? ''));
      socket.on('end', () => end('ended'));
      socket.write('ready');
      socket.resume();
    });
    const { emu } = await useSpectrum({ application: { tls: 'flexible' }, ports: [port] });
    const raw = await dial(urlOf(emu));
    const socket = connectTls({ socket: raw, servername: 'db.example.com', ca: await emu.caPem() });
    socket.on('error', () => undefined);
    await readUntil(socket, (text) => text === 'ready');
    raw.resetAndDestroy();
    expect(await origin).toBe('ECONNRESET');
  });

  test('resets a client inside TLS when the endpoint does', async () => {
    const { port } = await useSockets((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const { emu } = await useSpectrum({ application: { tls: 'flexible' }, ports: [port] });
    const socket = connectTls({
      port: Number(new URL(urlOf(emu)).port),
      host: '127.0.0.1',
      servername: 'db.example.com',
      ca: await emu.caPem(),
    });
    onTestFinished(() => void socket.destroy());
    socket.write('x');
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve));
    expect(error.code).toBe('ECONNRESET');
  });
});

describe('the PROXY protocol', () => {
  test.each(['v1', 'v2'] as const)('%s comes before the first byte of the client, and only once', async (version) => {
    let heard: (bytes: Buffer) => void = () => undefined;
    const all = new Promise<Buffer>((resolve) => {
      heard = resolve;
    });
    const { port } = await useSockets((socket) => {
      const chunks: Buffer[] = [];
      socket.write('first');
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.on('end', () => {
        heard(Buffer.concat(chunks));
        socket.end();
      });
    });
    const { emu, connect } = await useSpectrum({ application: { proxy_protocol: version }, ports: [port] });
    const socket = await connect();
    await readUntil(socket, (text) => text === 'first');
    const { localPort = 0 } = socket;
    socket.end('query');
    const to = Number(new URL(urlOf(emu)).port);
    const ports = Buffer.alloc(4);
    ports.writeUInt16BE(localPort, 0);
    ports.writeUInt16BE(to, 2);
    const header =
      version === 'v1'
        ? Buffer.from(`PROXY TCP4 127.0.0.1 127.0.0.1 ${localPort} ${to}\r\n`)
        : Buffer.concat([Buffer.from('0d0a0d0a000d0a515549540a2111000c7f0000017f000001', 'hex'), ports]);
    expect((await all).toString('hex')).toBe(Buffer.concat([header, Buffer.from('query')]).toString('hex'));
    // The client's bytes are counted, the header's are not.
    await endOf(socket);
    expect(emu.requests.list(1)[0]).toMatchObject({ requestBytes: 5 });
  });
});

describe('back-pressure', () => {
  test('an endpoint that sends to a client that does not read is held up', async () => {
    const chunk = Buffer.alloc(1024 * 1024);
    let written = 0;
    const { port } = await useSockets((socket) => {
      const pump = (): void => {
        while (socket.write(chunk)) written += chunk.length;
        written += chunk.length;
        socket.once('drain', pump);
      };
      pump();
    });
    const { emu, connect } = await useSpectrum({ ports: [port] });
    const socket = await connect();
    socket.pause();
    // Until nothing moves any more: what the system buffers is full.
    let before = -1;
    for (let same = 0; same < 200; ) {
      await new Promise(setImmediate);
      const now = emu.requests.list(1)[0]?.responseBytes ?? 0;
      same = now > 0 && now === before ? same + 1 : 0;
      before = now;
    }
    expect(written).toBeLessThan(64 * 1024 * 1024);
    const taken = before;
    let read = 0;
    await new Promise<void>((resolve) => {
      socket.on('data', (data: Buffer) => {
        read += data.length;
        if (read > taken + 8 * 1024 * 1024) resolve();
      });
      socket.resume();
    });
    socket.destroy();
  });
});

describe('at start', () => {
  test('a port that is taken is told with the application and its key', async () => {
    const { port } = await useSockets(() => undefined);
    const config = spectrumConfig({ application: { listen: `127.0.0.1:${port}` }, ports: [1] });
    await expect(useEmulator({ config })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringContaining(`Spectrum application "db" listener cannot open 127.0.0.1:${port}`),
      fix: expect.stringContaining('listen of db under spectrum'),
    });
  });

  test('addresses are told by the library, the control API and the state', async () => {
    const { emu } = await useSpectrum({ ports: [await useEcho('a')] });
    expect(urlOf(emu)).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
    const state = await (await fetch(`${address(emu, 'apiUrl')}/colocal/v1/state`)).json();
    expect(state).toMatchObject({
      listeners: expect.arrayContaining([{ name: 'spectrum db', address: urlOf(emu) }]),
      spectrum: [{ name: 'db', load_balancer: 'db.example.com', tls: 'off', proxy_protocol: 'off' }],
    });
  });
});

describe('an edit of the file', () => {
  async function useFile(config: ConfigInput) {
    const folder = await mkdtemp(join(tmpdir(), 'colocal-spectrum-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'colocal.yaml');
    const write = async (next: ConfigInput): Promise<void> => {
      await writeFile(`${path}.new`, stringify(next));
      await rename(`${path}.new`, path);
    };
    await write(config);
    const emu = await useEmulator({ config: path, watch: true });
    const edit = async (next: ConfigInput, type: string): Promise<EdgeEvent> => {
      const happened = nextEvent(emu, type);
      await write(next);
      return happened;
    };
    return { emu, edit };
  }

  test('opens and closes listeners; what is connected stays', async () => {
    const ports = [await useEcho('a')];
    const base = spectrumConfig({ ports });
    const { emu, edit } = await useFile(base);
    const before = urlOf(emu);
    const socket = await dial(before);
    await readUntil(socket, (text) => text === 'a:');

    const [first] = base.spectrum ?? [];
    if (!first) throw new Error('there is one');
    await edit({ ...base, spectrum: [first, { ...first, name: 'more' }] }, 'spectrum.listening');
    expect(await nameAt(urlOf(emu, 'more'))).toBe('a:');
    expect(urlOf(emu)).toBe(before);

    await edit({ ...base, spectrum: [{ ...first, name: 'more' }] }, 'spectrum.closed');
    expect(emu.spectrum.db).toBeUndefined();
    await expect(fetch(before.replace('tcp', 'http'))).rejects.toThrow();
    socket.write('still');
    expect(await readUntil(socket, (text) => text === 'still')).toBe('still');
  });

  test('that asks for a taken port is told, and the application stays where it was', async () => {
    const base = spectrumConfig({ ports: [await useEcho('a')] });
    const { emu, edit } = await useFile(base);
    const before = urlOf(emu);
    const taken = (await useSockets(() => undefined)).port;
    const moved = spectrumConfig({ application: { listen: `127.0.0.1:${taken}` }, ports: [await useEcho('a')] });
    const refused = await edit(moved, 'spectrum.refused');
    expect(refused.message).toContain(`cannot open 127.0.0.1:${taken}`);
    expect(refused.data).toEqual({ application: 'db' });
    expect(urlOf(emu)).toBe(before);
    expect(await nameAt(before)).toBe('a:');
  });

  test('that opens an application to every address, or to its own again, gives it the port that it has', async () => {
    const port = await closedPort();
    const ports = [await useEcho('a')];
    const at = (host: string): ConfigInput => spectrumConfig({ application: { listen: `${host}:${port}` }, ports });
    const { emu, edit } = await useFile(at('127.0.0.1'));
    const socket = await dial(urlOf(emu));
    await readUntil(socket, (text) => text === 'a:');
    for (const host of ['0.0.0.0', '127.0.0.1']) {
      await edit(at(host), 'spectrum.listening');
      expect(urlOf(emu)).toBe(`tcp://${host}:${port}`);
      expect(await nameAt(`tcp://127.0.0.1:${port}`)).toBe('a:');
    }
    socket.write('still');
    expect(await readUntil(socket, (text) => text === 'still')).toBe('still');
  });

  test('that asks for every address, one of which is taken, leaves the application at its own', async () => {
    const { port } = await useSockets(() => undefined, '127.0.0.2');
    const ports = [await useEcho('a')];
    const at = (host: string): ConfigInput => spectrumConfig({ application: { listen: `${host}:${port}` }, ports });
    const { emu, edit } = await useFile(at('127.0.0.1'));
    await edit(at('0.0.0.0'), 'spectrum.refused');
    expect(urlOf(emu)).toBe(`tcp://127.0.0.1:${port}`);
    expect(await nameAt(urlOf(emu))).toBe('a:');
  });

  test('that swaps the addresses of two applications swaps where they lead', async () => {
    const [one, two] = [await closedPort(), await closedPort()];
    const pools = await Promise.all(
      ['a', 'b'].map(async (name) => ({
        name,
        origins: [{ name, address: '127.0.0.1', port: await useEcho(name) }],
      })),
    );
    const base = (first: number, second: number): ConfigInput => ({
      zones: [
        {
          name: 'example.com',
          load_balancers: ['a', 'b'].map((name) => ({ name: `${name}.example.com`, default_pools: [name] })),
        },
      ],
      pools,
      spectrum: [
        { name: 'a', listen: `127.0.0.1:${first}`, load_balancer: 'a.example.com' },
        { name: 'b', listen: `127.0.0.1:${second}`, load_balancer: 'b.example.com' },
      ],
    });
    const { emu, edit } = await useFile(base(one, two));
    expect(await nameAt(urlOf(emu, 'a'))).toBe('a:');
    await edit(base(two, one), 'config.applied');
    for (let turn = 0; turn < 100 && !urlOf(emu, 'a').endsWith(`:${two}`); turn++) await new Promise(setImmediate);
    expect(await nameAt(`tcp://127.0.0.1:${one}`)).toBe('b:');
    expect(await nameAt(`tcp://127.0.0.1:${two}`)).toBe('a:');
  });
});
