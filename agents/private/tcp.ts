import type { ResetCause } from '../../protocol/messages.js';
import type { ProtocolStream, StreamHandler } from '../../protocol/stream.js';
import type { Deadlines } from '../../runtime/deadlines.js';
import { dial } from '../origin/connect.js';
import { Pump } from '../origin/pump.js';
import type { DialAddress } from './maps.js';
import type { WarpRouting } from './warp-routing.js';

/** A TCP connection to a private address: answered with a head once it stands, bytes both ways after that. */
export function openTcp(
  stream: ProtocolStream,
  address: DialAddress,
  /** What is dialled, as messages name it. */
  name: string,
  { connectTimeout, tcpKeepAlive }: WarpRouting,
  deadlines: Deadlines,
  ended: (cause: ResetCause | undefined, detail?: string) => void,
): StreamHandler {
  let cancel: () => void = () => {};
  const pump = new Pump(stream, name, (cause, detail) => {
    cancel();
    ended(cause, detail);
  });
  cancel = dial({ ...address, connectTimeout, tcpKeepAlive, halfOpen: true }, deadlines, (error, socket) => {
    if (!socket) {
      pump.fail(error.reset, error.message);
      return;
    }
    stream.head({ status: 200, headers: [], source: 'connector' });
    pump.attach(socket);
  });
  return pump;
}
