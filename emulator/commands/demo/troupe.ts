import type { Deadlines } from '../../../runtime/deadlines.js';
import { defineError } from '../../../runtime/errors.js';
import type { Role } from './cast.js';
import { type Child, type Exit, startChild, thisProgram } from './child.js';
import { processEnded } from './process-ended.js';

export const demoNotReady = defineError<{ seconds: number; missing: readonly string[] }>('DEMO_NOT_READY', {
  message: (d) => [`the demo is not ready after ${d.seconds} seconds`, ...d.missing].join('; '),
  fix: () => 'start it again; if the machine is very busy, wait until it is less so',
});

/** Processes that start at once on a small machine need some time. Milliseconds. */
const READY_WITHIN = 60_000;
/** How soon a process that is gone is known to be, in milliseconds: what others say of its absence comes sooner. */
const KNOWN_WITHIN = 1_000;

export interface TroupeOptions {
  readonly deadlines: Deadlines;
  /** Somebody asked the demo to stop. */
  readonly stopped: Promise<unknown>;
  /** What a process tells while it runs. */
  readonly onNews?: (news: string) => void;
  /** Default: as a process of this program. */
  readonly startRole?: (role: Role) => Child;
}

/** The processes of a demonstration: started one by one, missed when they end by themselves, stopped together. */
export class Troupe {
  private readonly playing = new Map<Role, Child>();
  /** Those that were ended on purpose. */
  private readonly dismissed = new Set<Child>();
  /** Rejects when one ends by itself; never resolves. */
  private readonly missed: Promise<never>;
  private miss: (error: Error) => void = () => undefined;

  constructor(private readonly options: TroupeOptions) {
    this.missed = new Promise<never>((_, reject) => {
      this.miss = reject;
    });
    // One that is missed while nobody waits is no failure of anything.
    this.missed.catch(() => undefined);
  }

  get children(): readonly Child[] {
    return [...this.playing.values()];
  }

  start(role: Role): Child {
    const { deadlines, onNews, startRole } = this.options;
    const news = onNews === undefined ? {} : { onNews };
    const child = startRole?.(role) ?? startChild({ ...role, ...news, program: thisProgram(), deadlines });
    this.playing.set(role, child);
    void child.exited.then((exit) => {
      if (!this.dismissed.has(child)) this.miss(processEnded({ name: child.name, ...exit }));
    });
    return child;
  }

  /** Ends one as part of the demonstration. */
  async end(role: Role, signal: NodeJS.Signals): Promise<Exit | undefined> {
    const child = this.playing.get(role);
    if (!child) return undefined;
    this.dismissed.add(child);
    return child.kill(signal);
  }

  pidOf(role: Role): number | undefined {
    return this.playing.get(role)?.pid;
  }

  /**
   * As {@link during}, within a minute.
   *
   * @param missing what is not there yet, in sentences
   * @throws DEMO_NOT_READY
   */
  async until(condition: Promise<unknown>, missing: () => readonly string[] = () => []): Promise<boolean> {
    let late: (error: Error) => void = () => undefined;
    const tooLate = new Promise<never>((_, reject) => {
      late = reject;
    });
    const deadline = this.options.deadlines.after(READY_WITHIN, () =>
      late(demoNotReady({ seconds: READY_WITHIN / 1_000, missing: missing() })),
    );
    return this.during(Promise.race([condition, tooLate])).finally(() => deadline.cancel());
  }

  /**
   * True once `work` is done; false when the demo is to stop before.
   *
   * @throws DEMO_PROCESS_ENDED a process ended by itself meanwhile; else what `work` rejects with
   */
  async during(work: Promise<unknown>): Promise<boolean> {
    const done = work.then(
      () => true,
      async (error: unknown) => {
        // A process that is gone explains best why something failed.
        await Promise.race([this.missed, this.pause(KNOWN_WITHIN)]);
        throw error;
      },
    );
    return Promise.race([done, this.missed, this.options.stopped.then(() => false)]);
  }

  async stop(): Promise<void> {
    for (const child of this.children) this.dismissed.add(child);
    await Promise.all(this.children.map((child) => child.stop()));
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.options.deadlines.after(milliseconds, resolve);
    });
  }
}
