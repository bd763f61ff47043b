import type { Socket } from 'node:net';
import type { Deadline } from '../../../runtime/deadlines.js';
import type { NamedUser } from '../../access/users.js';
import { namedUser } from '../../access/users.js';
import type { ConnectionRefusal } from '../../forward/connection/connection.types.js';
import type { PrivateRequest } from '../../forward/private/private.types.js';
import { WaitingClient } from '../../forward/waiting-client.js';
import type { AccessUser } from '../../state/objects.js';
import type { VantageResult } from '../ingress.types.js';
import { UnreadClient } from '../unread-client.js';
import type { OnRampContext } from './on-ramp.types.js';

/** Who a client is, and which virtual network it wants. */
export interface Identity {
  /** Absent: nobody has to say. */
  readonly user?: AccessUser;
  readonly network?: string;
}

/** How the two protocols of the on-ramp answer. Both are given the ray, with the data center behind it. */
export interface Answers {
  accepted(ray: string): Buffer;
  refused(refusal: ConnectionRefusal): Buffer;
}

/** One client of the on-ramp, from its first byte until the connection stands or it is refused: what both protocols share. */
export class Guest {
  /** For the handshake, and once it is refused for what it still sends. */
  private readonly deadline: Deadline;
  private over = false;

  constructor(
    readonly socket: Socket,
    private readonly context: OnRampContext,
  ) {
    this.deadline = context.deadlines.after(context.limits.handshakeTimeout, () => socket.destroy());
    socket.once('close', () => this.deadline.cancel());
    socket.on('error', () => socket.destroy());
    // Half of a handshake leads nowhere.
    socket.once('end', () => {
      if (!this.over) socket.destroy();
    });
  }

  /** Whose password it is, or what anybody says where nobody has to; undefined: a stranger. */
  identify(username: string, password: string): Identity | undefined {
    const named = namedUser(username);
    const users = this.context.forwarder.users();
    if (!users.required) return networkOf(named);
    const user = users.authenticate(named.email, password);
    if (user) return { user, ...networkOf(named) };
    this.context.onStranger(this.socket.remoteAddress ?? '', username);
    return undefined;
  }

  /** Where the client enters: as its headers or user say, or its address. */
  vantageOf(headers: readonly string[], { user }: Identity): VantageResult {
    const { remoteAddress = '', remotePort = 0 } = this.socket;
    const stands = user?.data_center;
    return this.context.vantage.resolve(
      headers,
      remoteAddress,
      remotePort,
      stands === undefined ? undefined : { dataCenter: stands, why: `access.users: ${user?.email}` },
    );
  }

  /** The handshake is over: from here on it is the forwarder's. `rest` is what came behind it. */
  connect(request: PrivateRequest, rest: Buffer, answers: Answers): void {
    const { socket, context } = this;
    this.over = true;
    this.deadline.cancel();
    let giveUp: () => void = () => undefined;
    const gone = (): void => giveUp();
    const waiting = new WaitingClient(socket, rest, () => {
      gone();
      socket.destroy();
    });
    socket.once('close', gone);
    // It is read up to a limit.
    const unread = new UnreadClient(socket, context.deadlines);
    giveUp = context.forwarder.connect(request, {
      socket,
      reset: () => socket.resetAndDestroy(),
      accepted: (ray) => {
        socket.off('close', gone);
        unread.stop();
        waiting.handOver();
        socket.write(answers.accepted(ray));
      },
      refused: (refusal) => {
        unread.stop();
        waiting.dismiss();
        this.refuse(answers.refused(refusal));
      },
    });
  }

  /** Says no, and closes once the client has had time to read it. */
  refuse(answer: Buffer): void {
    const { socket, context } = this;
    this.over = true;
    this.deadline.cancel();
    const linger = context.deadlines.after(context.limits.lingerTimeout, () => socket.destroy());
    socket.once('close', () => linger.cancel());
    socket.end(answer);
    socket.resume();
  }
}

function networkOf({ network }: NamedUser): { readonly network?: string } {
  return network === undefined || network === '' ? {} : { network };
}
