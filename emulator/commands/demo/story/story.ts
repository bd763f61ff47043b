import type { Deadlines } from '../../../../runtime/deadlines.js';
import { defineError } from '../../../../runtime/errors.js';
import { traceOf } from '../../../control/request-trace.js';
import type { RequestView } from '../../../control/request-view.schema.js';
import type { StateView } from '../../../control/state-view.schema.js';
import type { EdgeEvent } from '../../../observe/journal.types.js';
import type { CommandContext } from '../../context.js';
import { createEdgeClient, type EdgeClient } from '../../edge-client.js';
import { stopRequested } from '../../stop-request.js';
import type { Role } from '../cast.js';
import { connectorsOf } from '../connected.js';
import { Troupe } from '../troupe.js';
import { poolBecomes } from './effects.js';
import { EventLog, followEvents } from './event-log.js';
import { type EdgeView, type Ending, play } from './play.js';
import { PLOT } from './plot.js';
import { ORIGIN_NAMES, prepareSetup, type Setup } from './setup.js';
import type { Stage } from './step.types.js';
import { Teller } from './teller.js';
import { RATE, sendTo, startTraffic } from './traffic.js';

const notAsTold = defineError<NonNullable<Ending['failed']>>('STORY_NOT_AS_TOLD', {
  message: (d) => `step ${d.number} of the story, "${d.title}", did not go as told: ${d.unmet.join('; ')}`,
  fix: () => 'play it again on a machine that is less busy; if it happens again, report it with all that was printed',
});

/** `colocal demo --story`. Ends with 0 only when every step went as told. */
export async function playStory(context: CommandContext, deadlines: Deadlines): Promise<void> {
  const stopped = stopRequested();
  const begun = deadlines.now();
  const teller = new Teller(
    { overwrites: process.stdout.isTTY === true, write: (text) => process.stdout.write(text) },
    { steps: PLOT.length, origins: ORIGIN_NAMES },
  );
  teller.say(opening(context.version));
  const setup = await prepareSetup();
  const troupe = new Troupe({ deadlines, stopped });
  const abandoned = new AbortController();
  let ending: Ending | undefined;
  try {
    const prepared = raise(setup, troupe, deadlines, abandoned.signal);
    if (await troupe.until(prepared.ready, prepared.missing)) {
      const { stage, edge, log, connectors, followed, http } = await prepared.ready;
      const { send, close } = sendTo(http, deadlines);
      const traffic = startTraffic(send, deadlines);
      const played = play(PLOT, { stage, edge, log, connectors, traffic, teller, deadlines }).then((each) => {
        ending = each;
      });
      await troupe.during(Promise.race([played, followed])).finally(() => {
        traffic.stop();
        close();
      });
    }
  } finally {
    abandoned.abort();
    await troupe.stop();
    await setup.remove();
  }
  if (!ending) {
    teller.say(['', 'stopped before its end']);
    context.exitCode = 1;
    return;
  }
  teller.say(conclude(ending, (deadlines.now() - begun) / 1_000));
}

interface Raised {
  readonly stage: Stage;
  readonly edge: EdgeView;
  readonly log: EventLog;
  readonly connectors: ReadonlyMap<string, string>;
  /** Rejects when the edge's events end. */
  readonly followed: Promise<never>;
  /** Where the edge takes requests. */
  readonly http: string;
}

/** Starts everything; ready when the connectors are connected and the monitor has found both sites healthy. */
function raise(
  setup: Setup,
  troupe: Troupe,
  deadlines: Deadlines,
  abandoned: AbortSignal,
): { readonly ready: Promise<Raised>; readonly missing: () => readonly string[] } {
  let missing = (): readonly string[] => ['the edge and the origins have not all started'];
  const start = async (): Promise<Raised> => {
    const origins = Array.from(setup.origins.values(), (role) => troupe.start(role).ready);
    const addresses = await troupe.start(setup.edge).ready;
    await Promise.all(origins);
    // Nothing is started any more while everything is being stopped.
    abandoned.throwIfAborted();
    const client = createEdgeClient({ COLOCAL_URL: addresses.api });
    const log = new EventLog();
    const followed = followEvents(client.url, log, abandoned);
    // It is waited for only once the story plays.
    followed.catch(() => undefined);
    const roles = setup.connectors(addresses.connectors ?? '');
    const awaited = connectorsOf(client, [...roles.values()]);
    missing = awaited.missing;
    const ids = Array.from(roles, async ([name, role]): Promise<[string, string]> => {
      const { connector = '' } = await troupe.start(role).ready;
      return [connector, name];
    });
    const connectors = new Map(await Promise.all(ids));
    await awaited.complete(deadlines, abandoned);
    missing = () => ['the monitor has not found both sites healthy'];
    for (const pool of ['tokyo', 'osaka']) await log.until((since) => isHealthy(pool, since));
    return {
      stage: createStage(setup, roles, troupe, client),
      edge: viewOf(client),
      log,
      connectors,
      followed,
      http: addresses.http ?? '',
    };
  };
  return { ready: start(), missing: () => missing() };
}

function isHealthy(pool: string, since: readonly EdgeEvent[]): boolean {
  return poolBecomes(pool, 'healthy').event({ before: [], since, idOf: () => undefined }) !== undefined;
}

function createStage(setup: Setup, connectors: ReadonlyMap<string, Role>, troupe: Troupe, client: EdgeClient): Stage {
  const roleOf = (name: string): Role => {
    const role = setup.origins.get(name) ?? connectors.get(name);
    if (!role) throw new Error(`the story has no ${name}`);
    return role;
  };
  return {
    end: async (name, signal) => {
      await troupe.end(roleOf(name), signal);
    },
    startAgain: async (name) => {
      await troupe.start(roleOf(name)).ready;
    },
    addFault: async (fault) => {
      await client.send('POST', '/colocal/v1/faults', fault);
    },
    removeFault: async (name) => {
      await client.send('DELETE', `/colocal/v1/faults/${name}`);
    },
  };
}

function viewOf(client: EdgeClient): EdgeView {
  return {
    now: async () => Date.parse((JSON.parse(await client.get('/colocal/v1/clock')) as { now: string }).now),
    tunnels: async () => (JSON.parse(await client.get('/colocal/v1/state')) as StateView).tunnels,
    requests: async () => {
      const answer = JSON.parse(await client.get('/colocal/v1/requests?limit=1000')) as { requests: RequestView[] };
      return answer.requests.map(traceOf);
    },
  };
}

/** What is played, in at most 80 columns. */
export function opening(version: string): string[] {
  return [
    `colocal ${version} demo --story: failovers under load, counted`,
    '',
    'app.example.com is a load balancer over two sites, each a pool with a monitor:',
    '  tokyo   tunnel tokyo, held by three connectors -> origin tokyo-app, the first',
    '  osaka   tunnel osaka, held by one connector    -> origin osaka-app, the second',
    `${RATE} requests a second come in at data center NRT. Four of five are GETs, which`,
    'may be sent again (retryable), the fifth is a POST, which may not. In brackets:',
    'counts since the beginning.',
    '',
    'Starting an edge, four connectors and two origins ...',
  ];
}

/**
 * How the story ended.
 *
 * @throws STORY_NOT_AS_TOLD
 */
export function conclude({ total, failed }: Ending, seconds: number): string[] {
  if (failed) throw notAsTold(failed);
  const { sent, answered, lost } = total;
  const origins = ORIGIN_NAMES.map((name) => `${name} ${answered.get(name) ?? 0}`);
  return [
    '',
    `All ${PLOT.length} steps went as told, in ${seconds.toFixed(0)} s: ${sent} requests, ${origins.join(', ')},`,
    `lost ${lost.retryable} retryable and ${lost.other} not retryable.`,
    'examples/story/README.md explains each step, and how to play it by hand.',
  ];
}
