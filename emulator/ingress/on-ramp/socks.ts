import type { ConnectionRefusal, RefusalCause } from '../../forward/connection/connection.types.js';
import type { Answers, Guest, Identity } from './guest.js';
import type { OnRampContext } from './on-ramp.types.js';
import {
  credentialsAnswer,
  Method,
  methodAnswer,
  Reply,
  replyAnswer,
  SOCKS4_REFUSED,
  type SocksMessage,
  type SocksProblem,
  SocksReader,
} from './socks5.js';

/** First bytes that mean SOCKS: this version, and the one before it. */
export const SOCKS_VERSIONS: ReadonlySet<number> = new Set([4, 5]);

/**
 * What a refusal is in SOCKS5, which knows fewer: those that look for a name or a route see that the network is not
 * reached, those that time out what RFC 1928 has for a packet that lived too long.
 */
const REPLIES: Partial<Record<RefusalCause, Reply>> = {
  policy: Reply.NOT_ALLOWED,
  no_route: Reply.NETWORK_UNREACHABLE,
  unknown_network: Reply.NETWORK_UNREACHABLE,
  unreachable: Reply.HOST_UNREACHABLE,
  dns: Reply.HOST_UNREACHABLE,
  refused: Reply.REFUSED,
  // cloudflared says of any failed dial only that it failed: most are refusals (docs/reference/cloudflared-wire.md 4).
  unspecified: Reply.REFUSED,
  timeout: Reply.TTL_EXPIRED,
};

export const replyOf = (cause: RefusalCause): Reply => REPLIES[cause] ?? Reply.FAILURE;

const ANSWERS: Answers = {
  accepted: () => replyAnswer(Reply.SUCCEEDED),
  refused: ({ cause }: ConnectionRefusal) => replyAnswer(replyOf(cause)),
};

/** A client that speaks SOCKS5, until its connection stands or it is refused. */
export class SocksGuest {
  private readonly reader = new SocksReader();
  private identity: Identity = {};
  private stage: 'methods' | 'credentials' | 'request' | 'over' = 'methods';

  constructor(
    private readonly guest: Guest,
    private readonly context: OnRampContext,
  ) {}

  read(chunk: Buffer): void {
    for (let read = this.reader.read(chunk); this.stage !== 'over'; read = this.reader.read()) {
      if (read.kind === 'more') return;
      if (read.kind === 'problem') this.malformed(read.problem, chunk);
      else this.message(read.message);
    }
  }

  /** Whether nothing more is to be read here. */
  get over(): boolean {
    return this.stage === 'over';
  }

  private message(message: SocksMessage): void {
    switch (message.kind) {
      case 'methods':
        this.methods(message.offered);
        return;
      case 'credentials':
        this.credentials(message);
        return;
      case 'request':
        this.request(message);
    }
  }

  /** A user name is asked for whenever one is offered: without users it may still name the virtual network. */
  private methods(offered: readonly number[]): void {
    const { required } = this.context.forwarder.users();
    if (offered.includes(Method.PASSWORD)) this.proceed('credentials', methodAnswer(Method.PASSWORD));
    else if (!required && offered.includes(Method.NONE)) this.proceed('request', methodAnswer(Method.NONE));
    else
      this.refuse(
        methodAnswer(Method.NONE_ACCEPTABLE),
        'it offers no user name and password, or nothing that is known',
      );
  }

  private credentials({ username, password }: SocksMessage & { kind: 'credentials' }): void {
    const identity = this.guest.identify(username, password);
    if (!identity) {
      this.refuse(credentialsAnswer(false), 'the user name or the password is wrong');
      return;
    }
    this.identity = identity;
    this.proceed('request', credentialsAnswer(true));
  }

  private proceed(stage: 'credentials' | 'request', answer: Buffer): void {
    this.stage = stage;
    this.reader.expect(stage);
    this.guest.socket.write(answer);
  }

  private request({ command, host, port }: SocksMessage & { kind: 'request' }): void {
    if (command !== 'connect') {
      const detail = `it asks for ${command.replace('_', ' ').toUpperCase()}, and only CONNECT leads into the private networks`;
      this.refuse(replyAnswer(Reply.COMMAND_UNSUPPORTED), detail);
      return;
    }
    // An edit may have come in between.
    if (this.context.forwarder.users().required && !this.identity.user) {
      this.refuse(replyAnswer(Reply.NOT_ALLOWED), 'it has not said who it is, and now somebody has to');
      return;
    }
    const resolved = this.guest.vantageOf([], this.identity);
    if (!resolved.ok) {
      this.refuse(replyAnswer(Reply.FAILURE), resolved.error.message);
      return;
    }
    this.stage = 'over';
    const { vantage } = resolved;
    this.guest.connect({ protocol: 'socks5', host, port, ...this.identity, vantage }, this.reader.rest, ANSWERS);
  }

  private malformed(problem: SocksProblem, bytes: Buffer): void {
    if (this.stage === 'request') {
      const unknown = problem === 'address_type';
      this.refuse(replyAnswer(unknown ? Reply.ADDRESS_UNSUPPORTED : Reply.FAILURE), 'its request is not SOCKS5');
    } else if (this.stage === 'methods' && bytes[0] === 4) this.refuse(SOCKS4_REFUSED, 'it speaks SOCKS4');
    else this.refuse(Buffer.alloc(0), 'what it sends is not SOCKS5');
  }

  private refuse(answer: Buffer, detail: string): void {
    this.stage = 'over';
    const client = this.guest.socket.remoteAddress;
    this.context.log.debug({ client, detail }, 'a client of the on-ramp was refused');
    this.guest.refuse(answer);
  }
}
