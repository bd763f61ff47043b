import { type ColocalError, messageOf } from '../../../runtime/errors.js';
import type { Database } from './database.js';
import { encodeValue } from './entries.js';
import { stateNotKept } from './errors.js';

interface Batch {
  /** The last value of each key: all of a batch is written together or not at all. */
  readonly entries: Map<string, unknown>;
  readonly written: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface WriterOptions {
  readonly database: Pick<Database, 'write'>;
  /** Named in errors. */
  readonly folder: string;
  /** Called once. After it nothing is accepted. */
  readonly onFailure: (error: ColocalError) => void;
}

/**
 * Writes what is accepted, in order, and one batch at a time: while one is on its way to the disk, what comes in
 * gathers for the next, so that many writers wait for one commit (group commit). What a transaction changed is never
 * parted.
 *
 * After a batch failed, what runs differs from what is kept. Nothing more is accepted then, because later changes
 * could be kept without those that they build on.
 */
export class Writer {
  private gathering: Batch | undefined;
  private writing: Batch | undefined;
  private failure: ColocalError | undefined;

  constructor(private readonly options: WriterOptions) {}

  /** Throws STATE_NOT_KEPT once a write has failed. */
  check(): void {
    if (this.failure) throw this.failure;
  }

  add(entries: Iterable<readonly [key: string, value: unknown]>): void {
    this.check();
    if (!this.gathering) {
      this.gathering = newBatch();
      if (!this.writing) queueMicrotask(() => void this.writeNext());
    }
    for (const [key, value] of entries) this.gathering.entries.set(key, value);
  }

  /** Resolves when all that was added is on the disk. */
  async durable(): Promise<void> {
    this.check();
    await (this.gathering ?? this.writing)?.written;
  }

  private async writeNext(): Promise<void> {
    for (let batch = this.gathering; batch && !this.failure; batch = this.gathering) {
      this.writing = batch;
      this.gathering = undefined;
      try {
        await this.options.database.write(encoded(batch.entries));
        batch.resolve();
      } catch (error) {
        this.fail(error, batch);
      }
      this.writing = undefined;
    }
  }

  private fail(cause: unknown, batch: Batch): void {
    this.failure = stateNotKept({ folder: this.options.folder, why: messageOf(cause) }, { cause });
    batch.reject(this.failure);
    this.gathering?.reject(this.failure);
    this.gathering = undefined;
    this.options.onFailure(this.failure);
  }
}

function newBatch(): Batch {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const written = new Promise<void>((ok, failed) => {
    resolve = ok;
    reject = failed;
  });
  // Who does not wait for it learns of its failure otherwise.
  written.catch(() => undefined);
  return { entries: new Map(), written, resolve, reject };
}

function* encoded(entries: Iterable<readonly [string, unknown]>): Generator<readonly [string, Buffer | undefined]> {
  for (const [key, value] of entries) yield [key, value === undefined ? undefined : encodeValue(key, value)];
}
