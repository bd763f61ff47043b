/** An event of a stream of server-sent events (WHATWG HTML 9.2.6). */
export interface SentEvent {
  readonly type: string;
  readonly data: string;
}

/** No event of an edge is as long. Characters. */
const LONGEST = 64 * 1024 * 1024;

/** Reads server-sent events. undefined for each piece that came without finishing one: a sign of life. */
export async function* sentEvents(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<SentEvent | undefined> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of pieces) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > LONGEST) throw new Error('an event is longer than any that an edge sends');
    const ends = text.lastIndexOf('\n\n');
    if (ends < 0) {
      yield undefined;
      continue;
    }
    const whole = text.slice(0, ends);
    text = text.slice(ends + 2);
    for (const block of whole.split('\n\n')) yield eventOf(block);
  }
}

/** undefined for a comment. */
function eventOf(block: string): SentEvent | undefined {
  let type = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, field, value = ''] = /^(\w+)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'event') type = value;
    else if (field === 'data') data.push(value);
  }
  return data.length === 0 ? undefined : { type, data: data.join('\n') };
}
