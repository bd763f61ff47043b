import type { ServerResponse } from 'node:http';
import type { EdgeEvent, RequestTrace } from '../observe/journal.types.js';
import type { ControlDeps } from './control.types.js';
import { streamsExhausted } from './errors.js';
import { viewOfTrace } from './request-view.js';

/** Clients that follow what happens, as server-sent events (WHATWG HTML 9.2). */
export interface EventStreams {
  /** Answers with a stream of events that lasts until the client leaves. `replay`: how many of the latest come first. */
  open(response: ServerResponse, replay: number): void;
  /** The same of requests, as they are recorded: those that fit, or all. */
  openRequests(response: ServerResponse, matches: ((trace: RequestTrace) => boolean) | undefined): void;
  /** Ends all streams. */
  close(): void;
}

/** A comment this often keeps proxies from taking a quiet stream for a dead one. Milliseconds. */
export const HEARTBEAT = 15_000;
/** What may wait for a slow reader: some thousand events. Then it is sent no requests for a while, or dropped. Bytes. */
export const MAX_QUEUED = 256 * 1024;
const MAX_STREAMS = 64;

/** One client's stream. */
interface Stream {
  send(text: string): void;
  /** Called once, when the client has left or the stream was ended. */
  onClose(listener: () => void): void;
}

export function createEventStreams(deps: Pick<ControlDeps, 'events' | 'journal' | 'deadlines'>): EventStreams {
  const open = new Set<() => void>();
  /** undefined: the client left while its request was on the way here, and has had its 'close' already. */
  const begin = (response: ServerResponse, hello: string): Stream | undefined => {
    if (open.size >= MAX_STREAMS) throw streamsExhausted({ limit: MAX_STREAMS });
    if (response.destroyed) return undefined;
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const send = (text: string): void => {
      if (!response.destroyed && !response.writableEnded) response.write(text);
    };
    send(`: ${hello}\n\n`);
    const beat = () =>
      deps.deadlines.after(HEARTBEAT, () => {
        // Who does not read has enough to come.
        if (response.writableLength <= MAX_QUEUED) send(': still here\n\n');
        heartbeat = beat();
      });
    let heartbeat = beat();
    const end = () => response.end();
    open.add(end);
    response.once('close', () => {
      open.delete(end);
      heartbeat.cancel();
    });
    return { send, onClose: (listener) => void response.once('close', listener) };
  };
  return {
    open(response, replay) {
      const stream = begin(response, 'colocal events');
      if (!stream) return;
      const tell = (event: EdgeEvent): void => {
        stream.send(eventText(event.type, event));
        if (response.writableLength > MAX_QUEUED) response.destroy();
      };
      for (const event of replay > 0 ? deps.events.recent().slice(-replay) : []) tell(event);
      stream.onClose(deps.events.subscribe(tell));
    },
    openRequests(response, matches) {
      const stream = begin(response, 'colocal requests');
      if (!stream) return;
      let dropped = 0;
      const makeUp = (): void => {
        if (dropped > 0) stream.send(eventText('dropped', { count: dropped }));
        dropped = 0;
      };
      response.on('drain', makeUp);
      const stop = deps.journal.follow((trace) => {
        if (matches && !matches(trace)) return;
        if (response.writableLength > MAX_QUEUED) dropped++;
        else stream.send(eventText('request', viewOfTrace(trace)));
      });
      stream.onClose(stop);
    },
    close() {
      for (const end of open) end();
    },
  };
}

function eventText(type: string, data: unknown): string {
  return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
