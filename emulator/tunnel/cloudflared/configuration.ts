import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import type { Deadlines } from '../../../runtime/deadlines.js';
import { messageOf } from '../../../runtime/errors.js';
import type { TunnelConfiguration } from '../../state/objects.js';
import { PURPOSE } from './headers.js';

/** Milliseconds a connector may take to apply a configuration. */
const ANSWER_WITHIN = 30_000;
/** The answer is a version and the text of an error. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Milliseconds in which cloudflared gives a dial up by itself, unless its configuration says otherwise (docs/reference/api.md 5.3). */
export const DIAL_TIMEOUT = 5_000;

interface Answer {
  readonly applied: number;
  readonly error: string | undefined;
}

/**
 * How one connector's versions are numbered, on all its connections. It ignores what is not above its own, and keeps
 * its own when the edge is started anew and counts from the beginning: it gets the account's number plus `ahead`.
 */
export interface Numbering {
  ahead: number;
}

/** Pushes configurations over one connection (docs/reference/cloudflared-wire.md 5). */
export class ConfigurationSender {
  private latest = 0;

  constructor(
    private readonly session: ClientHttp2Session,
    private readonly deadlines: Deadlines,
    private readonly numbering: Numbering,
  ) {}

  /** Resolves with the version that is in effect at the connector: this one. Rejects with the connector's reason. */
  async send(version: number, config: TunnelConfiguration): Promise<number> {
    const serial = ++this.latest;
    const { numbering } = this;
    const number = version + numbering.ahead;
    let answer = await this.post(number, config);
    // A later push explains a higher number by itself.
    if (answer.applied > number && answer.error === undefined && serial === this.latest) {
      numbering.ahead = Math.max(numbering.ahead, answer.applied + 1 - version);
      answer = await this.post(version + numbering.ahead, config);
    }
    if (answer.error !== undefined) throw new Error(answer.error);
    return version;
  }

  private post(version: number, config: TunnelConfiguration): Promise<Answer> {
    return new Promise((resolve, reject) => {
      let stream: ClientHttp2Stream;
      try {
        stream = this.session.request(
          {
            ':method': 'POST',
            ':scheme': 'http',
            ':authority': 'edge',
            ':path': '/',
            [PURPOSE]: 'update-configuration',
          },
          { endStream: false },
        );
      } catch (error) {
        reject(new Error(`the connection is closed: ${messageOf(error)}`));
        return;
      }
      const deadline = this.deadlines.after(ANSWER_WITHIN, () => {
        reject(new Error(`no answer to the configuration within ${ANSWER_WITHIN / 1000} s`));
        stream.close();
      });
      let status = 0;
      let text = '';
      stream.on('response', (headers) => {
        status = Number(headers[':status']);
      });
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MAX_ANSWER_BYTES) stream.close();
      });
      stream.on('error', () => undefined);
      stream.on('close', () => {
        deadline.cancel();
        const answer = status === 200 ? answerOf(text) : undefined;
        if (answer) resolve(answer);
        else reject(new Error(`the connector answered the configuration with status ${status}: ${text.slice(0, 200)}`));
      });
      stream.end(JSON.stringify({ version, config }));
    });
  }
}

function answerOf(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('lastAppliedVersion' in value)) return undefined;
    const { lastAppliedVersion: applied } = value;
    if (typeof applied !== 'number') return undefined;
    const error = 'err' in value && value.err ? value.err : undefined;
    return {
      applied,
      error: error === undefined ? undefined : typeof error === 'string' ? error : JSON.stringify(error),
    };
  } catch {
    return undefined;
  }
}

/** Milliseconds that a dial may take under a configuration. */
export function dialTimeoutOf(config: TunnelConfiguration): number {
  const seconds = config['warp-routing']?.connectTimeout;
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : DIAL_TIMEOUT;
}
