import type { EdgeEvent } from '../../../observe/journal.types.js';

/** What has happened at an edge, in order, and what one waits for. */
export class EventLog {
  readonly events: EdgeEvent[] = [];
  private waiting: (() => void)[] = [];

  add(event: EdgeEvent): void {
    this.events.push(event);
    for (const look of this.waiting.splice(0)) look();
  }

  /** Resolves once what has happened satisfies the condition. */
  async until(condition: (events: readonly EdgeEvent[]) => boolean): Promise<void> {
    while (!condition(this.events)) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}

/**
 * Follows `GET /colocal/v1/events` from the edge's first event on, until it is aborted. Rejects when the edge ends it.
 *
 * @param url the edge's API
 */
export async function followEvents(url: string, log: EventLog, signal: AbortSignal): Promise<never> {
  const response = await fetch(`${url}/colocal/v1/events?replay=1000`, { signal });
  if (!response.ok || !response.body) throw new Error(`the edge's events were answered with ${response.status}`);
  const read = createReader((event) => log.add(event));
  const decoder = new TextDecoder();
  for await (const piece of response.body) read(decoder.decode(piece, { stream: true }));
  throw new Error("the edge's events ended");
}

/** Takes server-sent events apart, whatever pieces they come in (WHATWG HTML 9.2.6). */
export function createReader(onEvent: (event: EdgeEvent) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data !== undefined) onEvent(JSON.parse(data) as EdgeEvent);
    }
  };
}
