import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Origin } from '../../../origins/index.js';
import { parseSpan } from '../../../runtime/clock.js';
import type { Deadlines } from '../../../runtime/deadlines.js';
import type { Rng } from '../../../runtime/rng.js';
import { SERVICE_HEADER, serviceText } from '../model/service-header.js';
import type { OriginSpec } from '../schema.js';

interface Actor {
  readonly spec: OriginSpec;
  readonly rng: Rng;
  /** Milliseconds. */
  takes: number;
  answer: number | 'ok' | 'never';
  running: Origin | undefined;
  port: number;
}

/** The sample origins of a scenario, in this process. They answer at once, and say how long it would have taken them. */
export class Origins {
  private readonly actors = new Map<string, Actor>();

  constructor(
    specs: readonly OriginSpec[],
    private readonly deadlines: Deadlines,
    rng: Rng,
  ) {
    for (const spec of specs) {
      const takes = parseSpan(spec.service_time) ?? 0;
      this.actors.set(spec.name, { spec, rng: rng.fork(spec.name), takes, answer: 'ok', running: undefined, port: 0 });
    }
  }

  async startAll(): Promise<void> {
    for (const name of this.actors.keys()) await this.start(name);
  }

  /** On the port that it had before, if it had one. */
  async start(name: string): Promise<void> {
    const { startOrigin } = await import('../../../origins/index.js');
    const actor = this.actor(name);
    actor.running = await startOrigin({
      name,
      host: '127.0.0.1',
      port: actor.port,
      deadlines: this.deadlines,
      before: (request, response) => before(actor, request, response),
    });
    actor.port = actor.running.address.port;
  }

  async stop(name: string): Promise<void> {
    const actor = this.actor(name);
    const { running } = actor;
    actor.running = undefined;
    await running?.close();
  }

  set(name: string, answer: Actor['answer'] | undefined, serviceTime: string | undefined): void {
    const actor = this.actor(name);
    if (answer !== undefined) actor.answer = answer;
    if (serviceTime !== undefined) actor.takes = parseSpan(serviceTime) ?? 0;
  }

  readonly portOf = (name: string): number => this.actor(name).port;

  async close(): Promise<void> {
    await Promise.all(Array.from(this.actors.keys(), (name) => this.stop(name)));
  }

  private actor(name: string): Actor {
    const actor = this.actors.get(name);
    if (!actor) throw new Error(`no origin ${name}`);
    return actor;
  }
}

function before(actor: Actor, request: IncomingMessage, response: ServerResponse | undefined): boolean {
  if (!response) return false;
  const takes =
    actor.answer === 'never' ? Number.POSITIVE_INFINITY : Math.max(0, actor.takes + jitterOf(actor, request));
  response.setHeader(SERVICE_HEADER, serviceText({ origin: actor.spec.name, takes }));
  if (typeof actor.answer !== 'number') return false;
  response.setHeader('x-origin', actor.spec.name);
  response.writeHead(actor.answer, { 'content-type': 'text/plain' });
  response.end(`${actor.spec.name} answers ${actor.answer}\n`);
  return true;
}

/** Drawn by the request's ray: the same whatever came before. */
function jitterOf({ spec, rng }: Actor, request: IncomingMessage): number {
  const most = parseSpan(spec.jitter) ?? 0;
  if (most === 0) return 0;
  const ray = request.headers['cf-ray'];
  return Math.round((rng.fork(typeof ray === 'string' ? ray : '').next() * 2 - 1) * most);
}
