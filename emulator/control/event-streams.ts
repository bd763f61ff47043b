import type { ServerResponse } from 'node:http';
import type { EdgeEvent } from '../observe/journal.types.js';
import type { ControlDeps } from './control.types.js';
import { streamsExhausted } from './errors.js';

/** Clients that follow the events, as server-sent events (WHATWG HTML 9.2). */
export interface EventStreams {
  /** Answers with a stream that lasts until the client leaves. `replay`: how many of the latest events come first. */
  open(response: ServerResponse, replay: number): void;
  /** Ends all streams. */
  close(): void;
}

/** A comment this often keeps proxies from taking a quiet stream for a dead one. Milliseconds. */
export const HEARTBEAT = 15_000;
/** What may wait for a slow reader before it is dropped: some thousand events. Bytes. */
export const MAX_QUEUED = 256 * 1024;
const MAX_STREAMS = 64;

export function createEventStreams(deps: Pick<ControlDeps, 'events' | 'deadlines'>): EventStreams {
  const open = new Set<() => void>();
  return {
    open(response, replay) {
      if (open.size >= MAX_STREAMS) throw streamsExhausted({ limit: MAX_STREAMS });
      // A client that left while its request was on the way here has had its 'close' already.
      if (response.destroyed) return;
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      const send = (text: string): void => {
        if (response.destroyed || response.writableEnded) return;
        response.write(text);
        if (response.writableLength > MAX_QUEUED) response.destroy();
      };
      send(': colocal events\n\n');
      for (const event of replay > 0 ? deps.events.recent().slice(-replay) : []) send(eventText(event));
      const unsubscribe = deps.events.subscribe((event) => send(eventText(event)));
      const beat = () =>
        deps.deadlines.after(HEARTBEAT, () => {
          send(': still here\n\n');
          heartbeat = beat();
        });
      let heartbeat = beat();
      const end = () => response.end();
      open.add(end);
      response.once('close', () => {
        open.delete(end);
        unsubscribe();
        heartbeat.cancel();
      });
    },
    close() {
      for (const end of open) end();
    },
  };
}

function eventText(event: EdgeEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
