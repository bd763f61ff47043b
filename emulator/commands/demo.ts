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
import { connectorsOf } from './demo/connected.js';
import { processEnded } from './demo/process-ended.js';
import { createEdgeClient } from './edge-client.js';
import { stopRequested } from './stop-request.js';

const demoNotReady = defineError<{ seconds: number; missing: readonly string[] }>('DEMO_NOT_READY', {
  message: (d) => [`the demo is not ready after ${d.seconds} seconds`, ...d.missing].join('; '),
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

export function registerDemo(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .description('run a whole setup on this machine: an edge, four connectors, four origins')
    .action(() => demo(context, realDeadlines));
}

async function demo(context: CommandContext, deadlines: Deadlines): Promise<void> {
  const stopped = stopRequested();
  const file = findDemoFile();
  const { loadConfigFile } = await import('../config/index.js');
  const config = await loadConfigFile(file);
  const { http, api } = neededListeners(config);
  const { edge, origins, connectors } = castDemo(config, file);
  const roles = [edge, ...connectors, ...origins];
  const children = new Map<Role, Child>();
  const start = (role: Role): void => {
    children.set(role, startChild({ ...role, program: thisProgram(), deadlines }));
  };
  const abandoned = new AbortController();
  const connected = connectorsOf(createEdgeClient({ COLOCAL_URL: `http://${api.host}:${api.port}` }), connectors);
  const until = (condition: Promise<unknown>) =>
    waitFor(condition, { children: [...children.values()], deadlines, stopped, missing: connected.missing });
  context.print(`colocal ${context.version} demo: starting ${roles.length} processes`);
  try {
    for (const role of [edge, ...origins]) start(role);
    // Their own word for it: somebody else's edge may answer at the same port until ours finds that out.
    if (!(await until(Promise.all([...children.values()].map((child) => child.ready))))) return;
    // A connector that finds no edge waits before it tries again, so the edge came first.
    for (const role of connectors) start(role);
    if (!(await until(connected.complete(deadlines, abandoned.signal)))) return;
    const processes = roles.map((role) => ({ name: role.name, what: role.what, pid: children.get(role)?.pid }));
    context.print(renderBanner({ http, api, processes }));
    await stay([...children.values()], stopped, context);
  } finally {
    abandoned.abort();
    await Promise.all([...children.values()].map((child) => child.stop()));
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
  readonly children: readonly Child[];
  readonly deadlines: Deadlines;
  readonly stopped: Promise<unknown>;
  /** What is not there yet, in sentences. */
  readonly missing: () => readonly string[];
}

/** True once the condition holds; false when the demo is to stop before. A process that ends before is an error. */
function waitFor(condition: Promise<unknown>, { children, deadlines, stopped, missing }: Waiting): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(demoNotReady({ seconds: READY_WITHIN / 1_000, missing: missing() }));
    const deadline = deadlines.after(READY_WITHIN, late);
    const held = condition.then(() => true);
    Promise.race([held, stopped.then(() => false), ...children.map(firstEnd)])
      .finally(() => deadline.cancel())
      .then(resolve, reject);
  });
}

async function firstEnd(child: Child): Promise<never> {
  throw processEnded({ name: child.name, ...(await child.exited) });
}

/** Killing a connector or an origin is part of the demonstration; without the edge there is none. */
async function stay(
  [edge, ...others]: readonly Child[],
  stopped: Promise<unknown>,
  context: CommandContext,
): Promise<void> {
  let staying = true;
  for (const child of others) {
    void child.exited.then(({ how }) => {
      if (staying) context.print(`${child.name} ended (${how})`);
    });
  }
  const end = Promise.race([stopped, ...(edge ? [firstEnd(edge)] : [])]);
  await end.finally(() => {
    staying = false;
  });
}
