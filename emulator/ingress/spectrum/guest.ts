import type { Socket } from 'node:net';
import type { SpectrumApplication } from '../../state/objects.js';
import { UnreadClient } from '../unread-client.js';
import type { SpectrumContext } from './spectrum.types.js';

/**
 * Hands a client of an application on. What it says meanwhile waits in its socket, its end too: whoever says all it has
 * and then ends its side may still want to read. `raw` is the TCP connection, below TLS if there is any.
 */
export function handOn(client: Socket, raw: Socket, application: SpectrumApplication, context: SpectrumContext): void {
  // Of TLS: the connection below it is closed already once its client is gone.
  const { remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 } = raw;
  const reset = (): void => {
    raw.resetAndDestroy();
    client.destroy();
  };
  client.on('error', () => client.destroy());
  const resolved = context.vantage.resolve([], remoteAddress, remotePort);
  if (!resolved.ok) {
    context.forwarder.turnedAway(application, localPort, remoteAddress, resolved.error);
    reset();
    return;
  }
  const { vantage } = resolved;
  let giveUp: () => void = () => undefined;
  const gone = (): void => giveUp();
  client.once('close', gone);
  // Nothing is taken from the socket.
  const unread = new UnreadClient(client, context.deadlines);
  client.on('readable', unread.ask);
  giveUp = context.forwarder.connect(
    { application, port: localPort, vantage },
    {
      socket: client,
      reset,
      accepted: () => {
        unread.stop();
        client.off('close', gone).off('readable', unread.ask);
      },
      refused: reset,
    },
    { source: { ip: remoteAddress, port: remotePort }, destination: { ip: localAddress, port: localPort } },
  );
}
