import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomUuid } from '../runtime/ids.js';
import { CloudflaredPeer } from '../test/support/cloudflared-peer.js';
import { processorSeconds, residentMemory, until200 } from './processes.js';
import { megabytes } from './table.js';
import { ACCOUNT, CONNECTIONS, type Edge, SECRET, startEdge, tunnelId } from './tunnel-edge.js';

const IDLE_TUNNELS = 250;
/** What README promises: see bench/README.md. */
const IDLE_GROWTH = 120e6;

/**
 * What 1,000 connections of 250 tunnels cost that do nothing.
 *
 * @param idle seconds
 */
export async function measureIdle(idle: number): Promise<void> {
  const names = Array.from({ length: IDLE_TUNNELS }, (_, index) => `tunnel-${index}`);
  const edge = await startEdge(names, 'http://127.0.0.1:9');
  await sleep(1_000);
  const before = residentMemory(edge.running.pid);
  const from = performance.now();
  const peers = await Promise.all(names.map((_, index) => connect(edge, index)));
  const took = performance.now() - from;
  await until200(`${edge.api}/ready?for=tunnels`);
  await sleep(1_000);
  const cpu = processorSeconds(edge.running);
  await sleep(idle * 1_000);
  const share = (processorSeconds(edge.running) - cpu) / idle;
  const after = residentMemory(edge.running.pid);
  console.log(`${IDLE_TUNNELS * CONNECTIONS} connections of ${IDLE_TUNNELS} tunnels, idle for ${idle} s`);
  console.log(`  registered within ${(took / 1_000).toFixed(1)} s, ${(share * 100).toFixed(1)} % of one processor`);
  if (before !== undefined && after !== undefined) {
    const grown = after - before;
    const reached = grown <= IDLE_GROWTH ? 'reached' : 'NOT reached';
    console.log(
      `  memory ${megabytes(before)} MB without them, ${megabytes(after)} MB with them: ${megabytes(grown)} MB more (goal: at most ${megabytes(IDLE_GROWTH)}, ${reached})`,
    );
  }
  for (const peer of peers.flat()) peer.break();
  await edge.stop();
}

/** All connections of one tunnel's connector. */
async function connect({ cloudflared, caFile }: Edge, tunnel: number): Promise<CloudflaredPeer[]> {
  const connectorId = randomUuid();
  return Promise.all(
    cloudflared.map(async (address, index) => {
      const peer = await CloudflaredPeer.dial({ address, ca: readFileSync(caFile, 'utf8') });
      const secret = Buffer.from(SECRET, 'base64');
      const answer = await peer.register({
        accountTag: ACCOUNT,
        tunnelId: tunnelId(tunnel),
        secret,
        connectorId,
        index,
      });
      if (!answer.ok) throw new Error(answer.cause);
      return peer;
    }),
  );
}
