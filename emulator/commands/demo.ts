import { relative } from 'node:path';
import type { Command } from 'commander';
import { type Deadlines, realDeadlines } from '../../runtime/deadlines.js';
import { defineError } from '../../runtime/errors.js';
import type { ListenAddress, LoadedConfig } from '../config/config.types.js';
import type { CommandContext } from './context.js';
import { renderBanner } from './demo/banner.js';
import { castDemo } from './demo/cast.js';
import type { Child } from './demo/child.js';
import { connectorsOf } from './demo/connected.js';
import { findExample } from './demo/example.js';
import { processEnded } from './demo/process-ended.js';
import { Troupe } from './demo/troupe.js';
import { createEdgeClient } from './edge-client.js';
import { stopRequested } from './stop-request.js';
import { wrapText } from './wrap.js';

const demoListenerOff = defineError('DEMO_LISTENER_OFF', {
  message: () => 'the demo needs the listeners http, connectors and api, and its file turns one of them off',
  fix: () => 'give listen.http, listen.connectors and listen.api an address in examples/demo/colocal.yaml',
});

export function registerDemo(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .description('run a whole setup on this machine: an edge, four connectors, four origins')
    .option('--story', 'play a story of failovers under load instead, in some 25 seconds')
    .action(async ({ story }: { readonly story?: true }) => {
      if (!story) return demo(context, realDeadlines);
      const { playStory } = await import('./demo/story/story.js');
      return playStory(context, realDeadlines);
    });
}

async function demo(context: CommandContext, deadlines: Deadlines): Promise<void> {
  const stopped = stopRequested();
  const file = asTyped(findExample('demo'));
  const { loadConfigFile } = await import('../config/index.js');
  const config = await loadConfigFile(file);
  const { http, api } = neededListeners(config);
  const { edge, origins, connectors } = castDemo(config, file);
  const roles = [edge, ...connectors, ...origins];
  const troupe = new Troupe({ deadlines, stopped, onNews: (news) => context.print(wrapText(news)) });
  const abandoned = new AbortController();
  const connected = connectorsOf(createEdgeClient({ COLOCAL_URL: `http://${api.host}:${api.port}` }), connectors);
  context.print(`colocal ${context.version} demo: starting ${roles.length} processes`);
  try {
    for (const role of [edge, ...origins]) troupe.start(role);
    // Their own word for it: somebody else's edge may answer at the same port until ours finds that out.
    if (!(await troupe.until(Promise.all(troupe.children.map((child) => child.ready))))) return;
    // A connector that finds no edge waits before it tries again, so the edge came first.
    for (const role of connectors) troupe.start(role);
    if (!(await troupe.until(connected.complete(deadlines, abandoned.signal), connected.missing))) return;
    const processes = roles.map((role) => ({ name: role.name, what: role.what, pid: troupe.pidOf(role) }));
    context.print(renderBanner({ http, api, processes }));
    await stay(troupe.children, stopped, context);
  } finally {
    abandoned.abort();
    await troupe.stop();
  }
  context.print('stopped');
}

/** A file as somebody in this folder would name it, where that is shorter. */
function asTyped(file: string): string {
  const typed = relative(process.cwd(), file);
  return typed.length < file.length ? typed : file;
}

function neededListeners({ listen }: LoadedConfig): { readonly http: ListenAddress; readonly api: ListenAddress } {
  const { http, api, connectors } = listen;
  if (!http || !api || !connectors) throw demoListenerOff({});
  return { http, api };
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
  const end = Promise.race([stopped, ...(edge ? [missed(edge)] : [])]);
  await end.finally(() => {
    staying = false;
  });
}

async function missed(child: Child): Promise<never> {
  throw processEnded({ name: child.name, ...(await child.exited) });
}
