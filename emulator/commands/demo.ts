import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { type Deadlines, realDeadlines } from '../../runtime/deadlines.js';
import { defineError } from '../../runtime/errors.js';
import type { ListenAddress, LoadedConfig } from '../config/config.types.js';
import type { CommandContext } from './context.js';
import { renderBanner } from './demo/banner.js';
import { castDemo, type Role } from './demo/cast.js';
import { type Child, startChild, thisProgram } from './demo/child.js';
import { createEdgeClient, type EdgeClient } from './edge-client.js';
import { loadConfig } from './load-config.js';
import { stopRequested } from './stop-request.js';

const childEnded = defineError<{ name: string; how: string; output: readonly string[] }>('DEMO_PROCESS_ENDED', {
  message: (d) => [`${d.name} ended (${d.how}); its last output:`, ...d.output].join('\n    '),
  fix: () => 'free what its output names, and start the demo again',
});

const demoNotReady = defineError<{ seconds: number; reason: string }>('DEMO_NOT_READY', {
  message: (d) => `the demo is not ready after ${d.seconds} seconds: ${d.reason}`,
  fix: () => 'start it again; if the machine is very busy, wait until it is less so',
});

const demoFileMissing = defineError<{ searched: string }>('DEMO_FILE_MISSING', {
  message: (d) => `examples/demo/colocal.yaml is not in ${d.searched} nor above it`,
  fix: () => 'install colocal again: the example belongs to the package',
});

const demoListenerOff = defineError('DEMO_LISTENER_OFF', {
  message: () => 'the demo needs the listeners http, connectors and api, and its file turns one of them off',
  fix: () => 'give listen.http, listen.connectors and listen.api an address in examples/demo/colocal.yaml',
});

/** Nine processes that start at once on a small machine need some time. Milliseconds. */
const READY_WITHIN = 60_000;
/** Milliseconds between two looks. */
const LOOK_AGAIN = 100;

export function registerDemo(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .description('run a whole setup on this machine: an edge, four connectors, four origins')
    .action(() => demo(context, realDeadlines));
}

async function demo(context: CommandContext, deadlines: Deadlines): Promise<void> {
  const stopped = stopRequested();
  const file = findDemoFile();
  const config = await loadConfig(file);
  const { http, api } = neededListeners(config);
  const cast = castDemo(config, file);
  const children: Child[] = [];
  const start = (role: Role): void => {
    children.push(startChild({ ...role, program: thisProgram(), deadlines }));
  };
  const client = createEdgeClient({ COLOCAL_URL: `http://${api.host}:${api.port}` });
  context.print(
    `colocal ${context.version} demo: starting ${1 + cast.origins.length + cast.connectors.length} processes`,
  );
  try {
    for (const role of [cast.edge, ...cast.origins]) start(role);
    // A connector that finds no edge waits before it tries again, so the edge comes first.
    const edgeReady = await untilReady('/colocal/v1/ready', { client, children, deadlines, stopped });
    if (!edgeReady) return;
    for (const role of cast.connectors) start(role);
    if (!(await untilReady('/colocal/v1/ready?for=tunnels', { client, children, deadlines, stopped }))) return;
    const processes = [cast.edge, ...cast.connectors, ...cast.origins].map(({ name, what }) => {
      return { name, what, pid: children.find((child) => child.name === name)?.pid };
    });
    context.print(renderBanner({ http, api, processes }));
    await stay(children, stopped, context);
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
  context.print('stopped');
}

/** The package's own folder is above this file, wherever that was bundled to. */
function findDemoFile(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    const file = join(folder, 'examples', 'demo', 'colocal.yaml');
    if (existsSync(file)) return file;
    if (dirname(folder) === folder) throw demoFileMissing({ searched: start });
  }
}

function neededListeners({ listen }: LoadedConfig): { readonly http: ListenAddress; readonly api: ListenAddress } {
  const { http, api, connectors } = listen;
  if (!http || !api || !connectors) throw demoListenerOff({});
  return { http, api };
}

interface Waiting {
  readonly client: EdgeClient;
  readonly children: readonly Child[];
  readonly deadlines: Deadlines;
  readonly stopped: Promise<unknown>;
}

/** True once the edge says that it is ready; false when the demo is to stop. A process that ends before is an error. */
async function untilReady(path: string, { client, children, deadlines, stopped }: Waiting): Promise<boolean> {
  const ended = Promise.race(children.map(firstEnd));
  const giveUpAt = deadlines.now() + READY_WITHIN;
  for (;;) {
    const look = client.get(path).then(
      () => undefined,
      (error: Error) => error.message,
    );
    const reason = await Promise.race([look, ended, stopped.then(() => false as const)]);
    if (reason === undefined) return true;
    if (reason === false) return false;
    if (deadlines.now() >= giveUpAt) throw demoNotReady({ seconds: READY_WITHIN / 1_000, reason });
    const pause = new Promise<void>((resolve) => deadlines.after(LOOK_AGAIN, resolve));
    if ((await Promise.race([pause, ended, stopped.then(() => false as const)])) === false) return false;
  }
}

async function firstEnd(child: Child): Promise<never> {
  throw childEnded({ name: child.name, ...(await child.exited) });
}

/** Killing a connector or an origin is part of the demonstration; without the edge there is none. */
async function stay(children: readonly Child[], stopped: Promise<unknown>, context: CommandContext): Promise<void> {
  let stopping = false;
  void stopped.then(() => {
    stopping = true;
  });
  const [edge, ...others] = children;
  for (const child of others) {
    void child.exited.then(({ how }) => {
      if (!stopping) context.print(`${child.name} ended (${how})`);
    });
  }
  await Promise.race([stopped, ...(edge ? [firstEnd(edge)] : [])]);
}
