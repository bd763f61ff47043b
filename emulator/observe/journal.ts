import type { Journal, RecordedMessage, RequestTrace } from './journal.types.js';

export interface JournalOptions {
  /** How many requests are kept. Default 10,000. */
  readonly maxEntries?: number;
  /** How many bytes they may take, by estimate. Default 16 MiB. */
  readonly maxBytes?: number;
}

const DEFAULT_MAX_ENTRIES = 10_000;
const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;

/** A trace with its arrays, its entry in the index and its slot in the ring, without the text that varies. */
const TRACE_BYTES = 640;
const ATTEMPT_BYTES = 320;
const LEG_BYTES = 96;
/** A reason without its detail. Many are shared between requests, but which ones are cannot be told by looking at them. */
const REASON_BYTES = 64;
/** A recorded message, and each of its headers, without their text. */
const MESSAGE_BYTES = 256;
const HEADER_BYTES = 64;
/** Slots at the ring's front that may lie empty before they are given back. */
const EMPTY_SLOTS = 1_024;

/** Keeps the latest requests; the oldest go first, when either bound is reached. */
export function createJournal(options: JournalOptions = {}): Journal {
  return new RingJournal(options.maxEntries ?? DEFAULT_MAX_ENTRIES, options.maxBytes ?? DEFAULT_MAX_BYTES);
}

interface Entry {
  readonly trace: RequestTrace;
  readonly bytes: number;
}

class RingJournal implements Journal {
  private slots: (Entry | undefined)[] = [];
  private first = 0;
  private bytes = 0;
  private readonly byRay = new Map<string, RequestTrace>();
  private readonly followers = new Set<(trace: RequestTrace) => void>();

  constructor(
    private readonly maxEntries: number,
    private readonly maxBytes: number,
  ) {}

  record(trace: RequestTrace): void {
    const bytes = estimateBytes(trace);
    this.slots.push({ trace, bytes });
    this.bytes += bytes;
    this.byRay.set(trace.ray, trace);
    while (this.slots.length - this.first > this.maxEntries || this.bytes > this.maxBytes) this.dropOldest();
    for (const follower of this.followers) follower(trace);
  }

  follow(listener: (trace: RequestTrace) => void): () => void {
    // Each has its own entry, so that the same function may follow twice.
    const follower = (trace: RequestTrace): void => listener(trace);
    this.followers.add(follower);
    return () => void this.followers.delete(follower);
  }

  private dropOldest(): void {
    const oldest = this.slots[this.first];
    if (!oldest) return;
    this.slots[this.first] = undefined;
    this.first++;
    this.bytes -= oldest.bytes;
    if (this.byRay.get(oldest.trace.ray) === oldest.trace) this.byRay.delete(oldest.trace.ray);
    if (this.first >= EMPTY_SLOTS && this.first * 2 >= this.slots.length) {
      this.slots = this.slots.slice(this.first);
      this.first = 0;
    }
  }

  find(ray: string): RequestTrace | undefined {
    const hyphen = ray.indexOf('-');
    const trace = this.byRay.get(hyphen < 0 ? ray : ray.slice(0, hyphen));
    if (!trace || hyphen < 0) return trace;
    return trace.dataCenter === ray.slice(hyphen + 1).toUpperCase() ? trace : undefined;
  }

  list(limit: number, matches?: (trace: RequestTrace) => boolean): readonly RequestTrace[] {
    const found: RequestTrace[] = [];
    for (let index = this.slots.length - 1; index >= this.first && found.length < limit; index--) {
      const entry = this.slots[index];
      if (entry && (!matches || matches(entry.trace))) found.push(entry.trace);
    }
    return found;
  }

  clear(): void {
    this.slots = [];
    this.first = 0;
    this.bytes = 0;
    this.byRay.clear();
  }
}

/** What a trace holds on to, roughly: serialising it to know exactly would cost more than keeping it. */
function estimateBytes(trace: RequestTrace): number {
  let bytes = TRACE_BYTES + trace.path.length + trace.host.length;
  for (const reason of trace.reasons) bytes += REASON_BYTES + reason.detail.length;
  for (const attempt of trace.attempts) {
    bytes += ATTEMPT_BYTES + (attempt.failure?.length ?? 0) + (attempt.legs?.length ?? 0) * LEG_BYTES;
  }
  if (trace.recorded) bytes += bytesOf(trace.recorded.request) + bytesOf(trace.recorded.response);
  return bytes;
}

function bytesOf(message: RecordedMessage | undefined): number {
  if (!message) return 0;
  const { headers, body } = message;
  const bytes = MESSAGE_BYTES + body.kept.length + (headers.length / 2) * HEADER_BYTES;
  return headers.reduce((sum, text) => sum + text.length, bytes);
}
