import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { Emulator } from '../../emulator/index.js';
import { CloudflaredPeer } from './cloudflared-peer.js';
import type { Registration } from './cloudflared-rpc.js';
import { nextEvent } from './emulator.js';

/** What a connector of a tunnel registers with. */
export function credentialsOf(emu: Emulator, name: string): Pick<Registration, 'accountTag' | 'tunnelId' | 'secret'> {
  const { account, tunnels } = emu.state.read();
  const tunnel = [...tunnels.values()].find((each) => each.name === name);
  if (!tunnel) throw new Error(`no tunnel is called ${name}`);
  return { accountTag: account.id, tunnelId: tunnel.id, secret: Buffer.from(tunnel.tunnel_secret, 'base64') };
}

/** A peer that has dialled and not yet said who it is. */
export async function dialCloudflared(emu: Emulator, listener = 0): Promise<CloudflaredPeer> {
  const address = emu.cloudflaredAddresses[listener];
  if (address === undefined) throw new Error('this listener is off');
  const peer = await CloudflaredPeer.dial({ address, ca: await emu.caPem() });
  onTestFinished(() => peer.break());
  return peer;
}

/** A socket on which TLS stands, and nothing else yet. */
export async function dialTls(emu: Emulator): Promise<TLSSocket> {
  const { hostname, port } = new URL(`tcp://${emu.cloudflaredAddresses[0]}`);
  const socket = connect({
    host: hostname,
    port: Number(port),
    ca: await emu.caPem(),
    servername: 'h2.cftunnel.com',
  });
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

/** A connection of cloudflared's, once it takes requests. */
export async function useCloudflared(
  emu: Emulator,
  tunnel: string,
  options: Partial<Registration> & {
    readonly listener?: number;
    readonly prepare?: (peer: CloudflaredPeer) => void;
  } = {},
): Promise<CloudflaredPeer> {
  const { listener = 0, prepare, ...registration } = options;
  const opened = nextEvent(emu, 'connection.opened');
  const peer = await dialCloudflared(emu, listener);
  prepare?.(peer);
  const answer = await peer.register({ ...credentialsOf(emu, tunnel), ...registration });
  if (!answer.ok) throw new Error(answer.cause);
  await opened;
  return peer;
}
