import type { AddressInfo, Socket } from 'node:net';
import { ClientSockets } from '../client-sockets.js';
import { type Listener, type Listening, listen } from '../listen.js';
import { ConnectGuest } from './connect.js';
import { Guest } from './guest.js';
import { ON_RAMP_LIMITS, type OnRampLimits } from './limits.js';
import type { OnRampContext } from './on-ramp.types.js';
import { SOCKS_VERSIONS, SocksGuest } from './socks.js';

export interface OnRampOptions extends Omit<OnRampContext, 'limits' | 'log'> {
  /** Each has its default: see {@link ON_RAMP_LIMITS}. */
  readonly limits?: Partial<OnRampLimits>;
  readonly log?: OnRampContext['log'];
}

/** Where people of the organisation come in to the private networks: SOCKS5 and HTTP CONNECT on one port. */
export interface OnRamp {
  /** Fails with PORT_IN_USE or CANNOT_LISTEN. `port` 0 takes any free one. */
  listen(host: string, port: number): Promise<AddressInfo>;
  /** Takes nothing new, lets what is open finish for `graceMs`, then breaks it off. Idempotent. */
  close(graceMs: number): Promise<void>;
}

const LISTENER: Listener = { name: 'private on-ramp', flag: 'listen.on_ramp' };

/** Builds the on-ramp; nothing is opened yet. */
export function createOnRamp(options: OnRampOptions): OnRamp {
  const context: OnRampContext = {
    ...options,
    limits: { ...ON_RAMP_LIMITS, ...options.limits },
    log: options.log ?? { debug: () => undefined, warn: () => undefined },
  };
  const clients = new ClientSockets();
  let listening: Listening | undefined;
  let closed: Promise<void> | undefined;

  const accept = (socket: Socket): void => {
    clients.add(socket);
    greet(socket, context);
  };

  const shut = async (graceMs: number): Promise<void> => {
    listening?.stop();
    await clients.gone(graceMs, context.deadlines);
  };

  return {
    async listen(host, port) {
      listening = await listen(LISTENER, host, port, context.limits.connections, accept);
      return listening.address;
    },
    close(graceMs) {
      closed ??= shut(graceMs);
      return closed;
    },
  };
}

/** The first byte says which protocol it is. */
function greet(socket: Socket, context: OnRampContext): void {
  const guest = new Guest(socket, context);
  let protocol: SocksGuest | ConnectGuest | undefined;
  const read = (chunk: Buffer): void => {
    protocol ??= SOCKS_VERSIONS.has(chunk[0] ?? 0) ? new SocksGuest(guest, context) : new ConnectGuest(guest, context);
    protocol.read(chunk);
    if (protocol.over) socket.off('data', read);
  };
  socket.on('data', read);
}
