import { connect, type Socket } from 'node:net';
import type { ConfigInput, Emulator } from '../../emulator/index.js';
import { dial } from './client.js';
import { useEmulator } from './emulator.js';

type Application = NonNullable<ConfigInput['spectrum']>[number];
type Zone = NonNullable<ConfigInput['zones']>[number];
type LoadBalancer = NonNullable<Zone['load_balancers']>[number];

export interface SpectrumOptions {
  readonly application?: Partial<Application>;
  readonly loadBalancer?: Partial<LoadBalancer>;
  /** Endpoints on loopback, `a`, `b`, ...; each by its port. */
  readonly ports?: readonly number[];
  readonly pool?: Partial<NonNullable<ConfigInput['pools']>[number]>;
  readonly config?: ConfigInput;
}

/** The application `db` in front of the load balancer `db.example.com`, whose pool `main` has these endpoints. */
export function spectrumConfig({ application, loadBalancer, ports = [], pool, config }: SpectrumOptions): ConfigInput {
  return {
    zones: [
      {
        name: 'example.com',
        load_balancers: [{ name: 'db.example.com', default_pools: ['main'], ...loadBalancer }],
      },
    ],
    pools: [
      {
        name: 'main',
        // Loopback has more than one address: a pool has each of them once.
        origins: ports.map((port, index) => ({
          name: String.fromCharCode(97 + index),
          address: `127.0.0.${index + 1}`,
          port,
        })),
        ...pool,
      },
    ],
    spectrum: [{ name: 'db', listen: '127.0.0.1:0', load_balancer: 'db.example.com', ...application }],
    ...config,
  };
}

export async function useSpectrum(
  options: SpectrumOptions,
  more: Partial<Parameters<typeof useEmulator>[0]> = {},
): Promise<{ readonly emu: Emulator; connect(): Promise<Socket> }> {
  const emu = await useEmulator({ seed: 1, config: spectrumConfig(options), ...more });
  return { emu, connect: () => dial(emu.spectrum.db ?? '') };
}

/** How a connection ends: after an end of the other side, or reset. */
export function endOf(socket: Socket): Promise<'end' | 'reset'> {
  return new Promise((resolve) => {
    socket.once('end', () => resolve('end'));
    socket.once('error', () => resolve('reset'));
    socket.resume();
  });
}

/** Connects to the application, which ends the connection at once: maybe before the client knows that it stands. */
export function knock({ spectrum }: Emulator): Promise<'end' | 'reset'> {
  const { hostname, port } = new URL(spectrum.db ?? '');
  return endOf(connect(Number(port), hostname));
}
