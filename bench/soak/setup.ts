import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type ConfigInput, type ConnectedTunnel, type Emulator, startEmulator } from '../../emulator/index.js';
import { openCertificateAuthority } from '../../emulator/ingress/certificate-authority.js';
import { type Origin, startOrigin } from '../../origins/index.js';
import { realDeadlines } from '../../runtime/deadlines.js';

/** Which connectors there are: two replicas, another tunnel, and a gateway to a private address. */
export const CONNECTORS = {
  'tokyo-1': { tunnel: 'tokyo', location: 'NRT' },
  'tokyo-2': { tunnel: 'tokyo', location: 'KIX' },
  'london-1': { tunnel: 'london', location: 'LHR' },
  'gateway-1': { tunnel: 'gateway', location: 'SYD', maps: ['10.1.2.3/32=127.0.0.1/32'] },
} as const;
export type ConnectorName = keyof typeof CONNECTORS;

/** Where requests enter. */
export const DATA_CENTERS = ['NRT', 'KIX', 'LHR', 'SYD'] as const;

/** Everything in this process: an edge, its connectors and the origins behind them. */
export interface Soaked {
  readonly emu: Emulator;
  readonly connectors: Map<ConnectorName, ConnectedTunnel>;
  /** Starts a connector and waits until it serves. */
  connect(name: ConnectorName): Promise<void>;
  close(): Promise<void>;
}

export async function startSoaked(seed: number): Promise<Soaked> {
  const origins = await Promise.all(
    ['tokyo', 'london', 'private'].map((name) =>
      startOrigin({ name, host: '127.0.0.1', port: 0, deadlines: realDeadlines }),
    ),
  );
  const secure = await startSecure();
  const emu = await startEmulator({ config: configOf(origins, (secure.address() as AddressInfo).port), seed });
  const connectors = new Map<ConnectorName, ConnectedTunnel>();
  const connect = async (name: ConnectorName): Promise<void> => {
    connectors.set(name, await emu.connect(CONNECTORS[name]));
  };
  await Promise.all((Object.keys(CONNECTORS) as ConnectorName[]).map(connect));
  return {
    emu,
    connectors,
    connect,
    async close() {
      await emu.close();
      for (const origin of origins) await origin.close();
      secure.close();
      secure.closeAllConnections();
    },
  };
}

/** An origin that speaks TLS, with a certificate that nobody trusts. */
async function startSecure(): Promise<Server> {
  const now = Date.now();
  const authority = await openCertificateAuthority(now);
  const { certificate, privateKey } = await authority.issue(['public.example.com'], now, now + 24 * 60 * 60 * 1000);
  const server = createServer({ cert: certificate, key: privateKey }, (_request, response) => response.end('public'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function configOf([tokyo, london, gateway]: readonly Origin[], securePort: number): ConfigInput {
  const serviceOf = (origin: Origin | undefined) => ({ ingress: [{ service: String(origin?.url) }] });
  return {
    data_centers: [...DATA_CENTERS],
    // Seconds: what breaks is found within the time in which it is broken.
    settings: { minimum_monitor_interval: 1, timeouts: { connect: 2, response: 5, idle: 30 } },
    zones: [
      {
        name: 'example.com',
        load_balancers: [
          { name: 'app.example.com', proxied: true, default_pools: ['app', 'private'], fallback_pool: 'app' },
          { name: 'sticky.example.com', proxied: true, default_pools: ['app'], session_affinity: 'cookie' },
          { name: 'public.example.com', proxied: true, default_pools: ['public'] },
        ],
      },
    ],
    pools: [
      {
        name: 'app',
        monitor: 'health',
        origins: [
          { name: 'tokyo', tunnel: 'tokyo', header: { Host: ['app.example.com'] } },
          { name: 'london', tunnel: 'london', header: { Host: ['app.example.com'] } },
        ],
      },
      {
        name: 'private',
        monitor: 'tcp',
        origins: [{ name: 'gateway', address: '10.1.2.3', port: gateway?.address.port, virtual_network: 'lab' }],
      },
      { name: 'public', origins: [{ name: 'public', address: '127.0.0.1', port: securePort }] },
    ],
    monitors: [
      { name: 'health', path: '/health', expected_codes: '200', interval: 2, timeout: 1, retries: 0 },
      { name: 'tcp', type: 'tcp', port: gateway?.address.port, interval: 2, timeout: 1, retries: 0 },
    ],
    virtual_networks: [{ name: 'lab' }],
    tunnels: [
      { name: 'tokyo', config: serviceOf(tokyo) },
      { name: 'london', config: serviceOf(london) },
      {
        name: 'gateway',
        config: { ingress: [{ service: 'http_status:404' }] },
        routes: [{ network: '10.1.2.0/24', virtual_network: 'lab' }],
      },
    ],
  };
}
