import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { type AddressInfo, createServer, isIP, type Server, type Socket } from 'node:net';
import type { Deadlines } from '../../runtime/deadlines.js';
import { type IpAddress, parseIp } from '../network/ip-address.js';
import { mayAsk } from './askers.js';
import type { Answer, Asked } from './dns.types.js';
import { respond } from './message.js';
import { MessageSplitter } from './splitter.js';

/** Open at once by TCP. */
const MAX_CONNECTIONS = 100;
/** Milliseconds of real time that a TCP connection may be without a whole query. */
const IDLE = 10_000;
/** How many ports are tried until one is free for UDP as well, when any will do. */
const TRIES = 10;

export interface DnsResponderOptions {
  readonly deadlines: Deadlines;
  readonly answer: (asked: Asked, asker: IpAddress) => Answer;
  /** A mistake of ours; that query has no answer. */
  readonly onError: (error: unknown) => void;
}

/** Answers DNS by UDP and TCP, at one address. */
export class DnsResponder {
  private udp: UdpSocket | undefined;
  private tcp: Server | undefined;
  private readonly sockets = new Set<Socket>();

  constructor(private readonly options: DnsResponderOptions) {}

  /** Opens both, at the same port. `port` 0 takes any free one. Rejects with Node's own error, which the caller names. */
  async listen(host: string, port: number): Promise<AddressInfo> {
    for (let tries = 1; ; tries++) {
      const address = await this.listenTcp(host, port);
      try {
        await this.listenUdp(address);
        return address;
      } catch (error) {
        await this.close();
        const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
        if (port !== 0 || !isTaken || tries === TRIES) throw error;
      }
    }
  }

  private listenTcp(host: string, port: number): Promise<AddressInfo> {
    const server = createServer({ noDelay: true }, (socket) => this.accept(socket));
    server.maxConnections = MAX_CONNECTIONS;
    this.tcp = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        // Accepting can fail later, for want of descriptors: the listener goes on when there are some again.
        server.on('error', this.options.onError);
        resolve(server.address() as AddressInfo);
      });
    });
  }

  private listenUdp({ address, port }: AddressInfo): Promise<void> {
    const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    this.udp = socket;
    socket.on('message', (message, { address, port }) => {
      const reply = this.reply(message, 'udp', address);
      // What cannot be sent is lost, as anything by UDP may be.
      if (reply && port !== 0) socket.send(reply, port, address, () => undefined);
    });
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.bind({ address, port }, () => {
        socket.off('error', reject);
        socket.on('error', this.options.onError);
        resolve();
      });
    });
  }

  private accept(socket: Socket): void {
    const { deadlines } = this.options;
    const asker = socket.remoteAddress ?? '';
    const idle = deadlines.after(IDLE, () => socket.destroy());
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      idle.cancel();
      this.sockets.delete(socket);
    });
    socket.on('drain', () => socket.resume());
    const splitter = new MessageSplitter();
    socket.on('data', (chunk) => {
      for (const message of splitter.push(chunk)) {
        const reply = message && this.reply(message, 'tcp', asker);
        if (!reply) {
          socket.destroy();
          return;
        }
        idle.refresh();
        const length = Buffer.alloc(2);
        length.writeUInt16BE(reply.length);
        // Whoever asks and does not read is asked nothing until it has.
        if (!socket.write(Buffer.concat([length, reply]))) socket.pause();
      }
    });
  }

  private reply(message: Buffer, transport: 'udp' | 'tcp', address: string): Buffer | undefined {
    const asker = parseIp(address);
    if (!asker || !mayAsk(asker)) return undefined;
    try {
      return respond(message, transport, (asked) => this.options.answer(asked, asker));
    } catch (error) {
      this.options.onError(error);
      return undefined;
    }
  }

  /** Idempotent. */
  async close(): Promise<void> {
    const { udp, tcp } = this;
    this.udp = undefined;
    this.tcp = undefined;
    for (const socket of this.sockets) socket.destroy();
    await Promise.all([
      udp && new Promise<void>((resolve) => udp.close(resolve)),
      tcp?.listening ? new Promise<void>((resolve) => tcp.close(() => resolve())) : undefined,
    ]);
  }
}
