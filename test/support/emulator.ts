import { onTestFinished } from 'vitest';
import { type ConfigInput, type Emulator, type EmulatorOptions, startEmulator } from '../../emulator/index.js';
import type { EdgeEvent } from '../../emulator/observe/journal.types.js';
import { encodeToken } from '../../protocol/token.js';
import { ConnectorPeer } from './connector-peer.js';

/** An edge that is closed when the test is over. What a test opens later is closed before it. */
export async function useEmulator(options: EmulatorOptions): Promise<Emulator> {
  const emu = await startEmulator(options);
  onTestFinished(() => emu.close());
  return emu;
}

/** The address of a listener that the test knows to be open. */
export function address(
  emu: Emulator,
  listener: 'url' | 'httpsUrl' | 'apiUrl' | 'connectorsUrl' | 'onRampUrl',
): string {
  const found = emu[listener];
  if (found === undefined) throw new Error(`${listener}: this listener is off`);
  return found;
}

/** What a connector of a tunnel shows to be let in. */
export function tokenOf(emu: Emulator, name: string): string {
  const { account, tunnels } = emu.state.read();
  const tunnel = [...tunnels.values()].find((each) => each.name === name);
  if (!tunnel) throw new Error(`no tunnel is called ${name}`);
  return encodeToken({ accountId: account.id, tunnelId: tunnel.id, secret: tunnel.tunnel_secret });
}

/** Resolves with the next event of a type. To be called before what causes it. */
export function nextEvent(
  emu: Emulator,
  type: string,
  matches: (event: EdgeEvent) => boolean = () => true,
): Promise<EdgeEvent> {
  return new Promise((resolve) => {
    const stop = emu.onEvent((event) => {
      if (event.type !== type || !matches(event)) return;
      stop();
      resolve(event);
    });
  });
}

/** A connector that the test moves by hand, once it takes requests. */
export async function usePeer(
  emu: Emulator,
  tunnel: string,
  options: { readonly id?: string; readonly index?: number; readonly location?: string } = {},
): Promise<ConnectorPeer> {
  const opened = nextEvent(emu, 'connection.opened');
  const peer = await ConnectorPeer.connect(address(emu, 'connectorsUrl'), tokenOf(emu, tunnel), options);
  onTestFinished(() => peer.close());
  await peer.acknowledge();
  await opened;
  return peer;
}

/** The three ways in which an endpoint is reached (docs/reference/load-balancing.md 9). */
export const KINDS = ['public', 'tunnel', 'private'] as const;
export type PathKind = (typeof KINDS)[number];

export interface PathsOptions extends Pick<EmulatorOptions, 'seed' | 'clock' | 'deadlines'> {
  /** Where the origin listens on 127.0.0.1. */
  readonly port: number;
  /** Default `flexible`: the origins of most tests speak plain HTTP, also for clients that come by HTTPS. */
  readonly ssl?: 'off' | 'flexible' | 'full' | 'strict';
  readonly settings?: ConfigInput['settings'];
  /** For the tunnel `app`: how its connector speaks to the service. */
  readonly originRequest?: Readonly<Record<string, unknown>>;
  /** Seconds that the gateway's connector may take to dial. */
  readonly dialTimeout?: number;
  readonly scheme?: 'http' | 'https';
  /** How many connections each connector opens. Default 4. */
  readonly connections?: number;
}

/**
 * One origin behind three names: `public.example.com` by its address on loopback, `tunnel.example.com` as a
 * published application of the tunnel `app`, and `private.example.com` as 10.1.2.3 behind the tunnel `gateway`.
 */
export function configOfPaths(options: PathsOptions): ConfigInput {
  const { port, ssl = 'flexible', settings, originRequest, dialTimeout, scheme = 'http' } = options;
  return {
    zones: [
      {
        name: 'example.com',
        settings: { ssl },
        load_balancers: KINDS.map((kind) => ({ name: `${kind}.example.com`, proxied: true, default_pools: [kind] })),
      },
    ],
    pools: [
      { name: 'public', origins: [{ name: 'by-address', address: '127.0.0.1', port }] },
      {
        name: 'tunnel',
        origins: [{ name: 'by-hostname', tunnel: 'app', header: { Host: ['tunnel.example.com'] } }],
      },
      {
        name: 'private',
        origins: [{ name: 'by-private-ip', address: '10.1.2.3', port, virtual_network: 'lab' }],
      },
    ],
    tunnels: [
      {
        name: 'app',
        config: {
          ingress: [{ service: `${scheme}://127.0.0.1:${port}` }],
          ...(originRequest ? { originRequest } : {}),
        },
      },
      {
        name: 'gateway',
        config: {
          ingress: [{ service: 'http_status:404' }],
          ...(dialTimeout === undefined ? {} : { 'warp-routing': { connectTimeout: dialTimeout } }),
        },
        routes: [{ network: '10.1.2.0/24', virtual_network: 'lab' }],
      },
    ],
    virtual_networks: [{ name: 'lab' }],
    ...(settings ? { settings } : {}),
  };
}

/** An edge with the three ways to one origin, and their connectors: `app` in London, `gateway` in Sydney. */
export async function usePaths(options: PathsOptions): Promise<Emulator> {
  const { seed, clock, deadlines, connections = 4 } = options;
  const emu = await useEmulator({
    config: configOfPaths(options),
    ...(seed === undefined ? {} : { seed }),
    ...(clock === undefined ? {} : { clock }),
    ...(deadlines === undefined ? {} : { deadlines }),
  });
  await Promise.all([
    emu.connect({ tunnel: 'app', location: 'LHR', connections }),
    emu.connect({ tunnel: 'gateway', location: 'SYD', connections, maps: ['10.1.2.3/32=127.0.0.1/32'] }),
  ]);
  return emu;
}

export const hostOf = (kind: PathKind): string => `${kind}.example.com`;
