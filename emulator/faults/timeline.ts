import { type Clock, parseSpan, type Scheduled } from '../../runtime/clock.js';
import type { Rng } from '../../runtime/rng.js';
import type { Fault } from '../state/fault.types.js';
import { definitionOf } from './catalogue/table.js';
import type { ActiveFault } from './fault.types.js';
import { strikes } from './hooks.js';

export type FaultState = 'disabled' | 'waiting' | 'active' | 'ended';

export interface TimelineListener {
  started(fault: Fault): void;
  ended(fault: Fault, why: string): void;
  /** Model time started or ended a fault. Called before it is told. */
  changed(): void;
}

interface Entry {
  readonly fault: Fault;
  state: FaultState;
  active: ActiveFault | undefined;
  next: Scheduled | undefined;
}

/** What happened, to be told once it has taken effect. */
export type Announce = () => void;

/**
 * When faults begin and end, in model time:
 *
 *     written --starts--> active --duration--> ended
 *
 * A fault that is written again, and all of them after `restart`, begin anew.
 */
export class FaultTimeline {
  private readonly entries = new Map<string, Entry>();
  /** How often each fault has begun, so that each time has draws of its own. */
  private readonly begun = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    private readonly rng: Rng,
    private readonly listener: TimelineListener,
  ) {}

  /** Those that are active, in the order in which they were written. */
  *active(): Iterable<ActiveFault> {
    for (const { active } of this.entries.values()) if (active) yield active;
  }

  stateOf(id: string): FaultState {
    return this.entries.get(id)?.state ?? 'ended';
  }

  /** Takes over what the account says. Faults that did not change go on. */
  follow(faults: ReadonlyMap<string, Fault>): Announce {
    const told: Announce[] = [];
    for (const [id, entry] of this.entries) {
      const fault = faults.get(id);
      if (fault === entry.fault) continue;
      told.push(this.drop(id, entry, whyDropped(fault)));
    }
    for (const [id, fault] of faults) if (!this.entries.has(id)) told.push(this.take(id, fault));
    return () => {
      for (const tell of told) tell();
    };
  }

  /** Lets all that the account has begin anew, in its order, with the draws that they had at first. */
  restart(faults: ReadonlyMap<string, Fault>): Announce {
    this.begun.clear();
    const ended = [...this.entries].map(([id, entry]) => this.drop(id, entry, 'the edge was reset'));
    const started = this.follow(faults);
    return () => {
      for (const tell of ended) tell();
      started();
    };
  }

  private take(id: string, fault: Fault): Announce {
    const entry: Entry = { fault, state: 'disabled', active: undefined, next: undefined };
    this.entries.set(id, entry);
    if (!fault.enabled) return NOTHING;
    const starts = parseSpan(fault.starts) ?? 0;
    if (starts === 0) return this.begin(entry);
    entry.state = 'waiting';
    entry.next = this.clock.schedule(starts, `fault ${fault.name} begins`, () => this.byTime(() => this.begin(entry)));
    return NOTHING;
  }

  private begin(entry: Entry): Announce {
    const { fault } = entry;
    const time = this.begun.get(fault.name) ?? 0;
    this.begun.set(fault.name, time + 1);
    const rng = this.rng.fork(fault.name).fork(time);
    if (definitionOf(fault.type).drawn === 'once' && !strikes(fault, rng)) {
      entry.state = 'ended';
      return NOTHING;
    }
    entry.state = 'active';
    entry.active = { fault, rng, links: new Map() };
    if (fault.duration !== undefined) {
      entry.next = this.clock.schedule(parseSpan(fault.duration) ?? 0, `fault ${fault.name} ends`, () =>
        this.byTime(() => this.end(entry, 'its duration is over')),
      );
    }
    return () => this.listener.started(fault);
  }

  private end(entry: Entry, why: string): Announce {
    const wasActive = entry.active !== undefined;
    entry.state = 'ended';
    entry.active = undefined;
    return wasActive ? () => this.listener.ended(entry.fault, why) : NOTHING;
  }

  private drop(id: string, entry: Entry, why: string): Announce {
    entry.next?.cancel();
    this.entries.delete(id);
    return this.end(entry, why);
  }

  private byTime(step: () => Announce): void {
    const announce = step();
    this.listener.changed();
    announce();
  }
}

const NOTHING: Announce = () => undefined;

function whyDropped(fault: Fault | undefined): string {
  if (!fault) return 'it was removed';
  return fault.enabled ? 'it was changed' : 'it was disabled';
}
