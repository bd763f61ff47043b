import { Agent, type IncomingMessage, request } from 'node:http';
import type { Deadlines } from '../../../../runtime/deadlines.js';
import { type Result, Tally } from './tally.js';

/** Requests a second, in real time. */
export const RATE = 100;
/** Every so manieth is a POST, which nobody may send twice; the others are GETs. */
const POST_EVERY = 5;
/** The origin takes its time, so that some are under way at any moment. */
const PATH = '/slow?ms=100';
const HOST = 'app.example.com';
const BODY = '{"order":1}';
/** Milliseconds between two looks at what is due. */
const TICK = 10;
/** Requests that are open at once, at most: ten times what the origin's time makes of the rate. */
export const MOST_OPEN = 100;
/** One that takes so long is lost. Milliseconds. */
const PATIENCE = 15_000;

/** Sends one request and tells how it ended; never rejects. */
export type Send = (method: 'GET' | 'POST') => Promise<Result>;

export interface Traffic {
  /** From now on requests count in another tally. Returns the one that they counted in until now. */
  turn(): Tally;
  /** What is counted now. */
  readonly current: Tally;
  stop(): void;
}

/**
 * Sends requests at a steady rate until it is stopped. Those that a busy machine was late for are sent as soon as it
 * can, as long as not too many are open: then they are left out, and not counted either.
 */
export function startTraffic(send: Send, deadlines: Deadlines): Traffic {
  const start = deadlines.now();
  let due = 0;
  let open = 0;
  let sent = 0;
  let current = new Tally();
  const sendOne = (): void => {
    const method = sent % POST_EVERY === POST_EVERY - 1 ? 'POST' : 'GET';
    sent++;
    open++;
    const ended = current.send();
    void send(method).then((result) => {
      open--;
      ended(result);
    });
  };
  const tick = (): void => {
    const target = Math.floor(((deadlines.now() - start) * RATE) / 1_000);
    for (; due < target; due++) if (open < MOST_OPEN) sendOne();
    timer = deadlines.after(TICK, tick);
  };
  let timer = deadlines.after(TICK, tick);
  return {
    get current() {
      return current;
    },
    turn() {
      const ended = current;
      current = new Tally();
      return ended;
    },
    stop: () => timer.cancel(),
  };
}

/** Requests for the story's host at an edge's listener, over connections that are kept. */
export function sendTo(edge: string, deadlines: Deadlines): { readonly send: Send; close(): void } {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: MOST_OPEN });
  const send: Send = (method) =>
    new Promise((resolve) => {
      const retryable = method === 'GET';
      const lost = (): void => resolve({ retryable, status: undefined, origin: undefined });
      const outgoing = request(`${edge}${PATH}`, { method, agent, headers: { host: HOST } });
      const deadline = deadlines.after(PATIENCE, () => outgoing.destroy());
      outgoing.on('response', (response) => {
        response.resume().on('error', () => undefined);
        response.on('close', () => {
          if (response.complete) resolve({ retryable, status: response.statusCode, origin: originOf(response) });
          else lost();
        });
      });
      outgoing.on('error', lost);
      outgoing.on('close', () => deadline.cancel());
      outgoing.end(retryable ? undefined : BODY);
    });
  return { send, close: () => agent.destroy() };
}

/** How the sample origin calls itself (origins/origin.ts). */
function originOf(response: IncomingMessage): string | undefined {
  const name = response.headers['x-origin'];
  return typeof name === 'string' ? name : undefined;
}
