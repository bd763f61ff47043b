import type { Clock } from '../../runtime/clock.js';
import type { Deadlines } from '../../runtime/deadlines.js';
import { derivedHex32 } from '../../runtime/ids.js';
import type { Rng } from '../../runtime/rng.js';
import type { Events } from '../observe/journal.types.js';
import type { Fault } from '../state/fault.types.js';
import type { Managed } from '../state/objects.js';
import { type FaultInput, faultSchema } from '../state/schemas/fault.js';
import type { AccountSnapshot, Draft, Problem, State } from '../state/state.types.js';
import { unknownKeys } from '../state/unknown-keys.js';
import { ValidationError } from '../state/validation-error.js';
import { faultExists, faultInvalid, faultUnknown } from './errors.js';
import type { FaultHooks } from './fault.types.js';
import { HooksCompiler } from './hooks-compiler.js';
import { type Announce, type FaultState, FaultTimeline } from './timeline.js';

/** A fault as people see it: as it was written, with its defaults, and what it is doing now. */
export type FaultView = WithoutDates<Fault> & { readonly state: FaultState };
type WithoutDates<F> = F extends Fault ? Omit<F, Exclude<keyof Managed, 'managed_by'>> : never;

/** What a change of a fault may say: its fields, or null for those that shall have their default again. */
export type FaultPatch = Partial<{ [K in Exclude<KeyOf<FaultInput>, 'name' | 'type'>]: ValueOf<FaultInput, K> | null }>;
type KeyOf<T> = T extends unknown ? keyof T : never;
type ValueOf<T, K extends PropertyKey> = T extends unknown ? (K extends keyof T ? T[K] : never) : never;

/** Faults as the API and the library change them. Input is checked whatever its type says: it may come from a request. */
export interface FaultControl {
  list(): readonly FaultView[];
  /** Throws FAULT_INVALID or FAULT_EXISTS. */
  add(fault: FaultInput): FaultView;
  /** Changes fields of a fault, which then begins anew. `match` is replaced as a whole. Throws FAULT_UNKNOWN or FAULT_INVALID. */
  set(name: string, patch: FaultPatch): FaultView;
  /** Returns what was removed. Throws FAULT_UNKNOWN. */
  remove(name: string): FaultView;
}

/** Faults as the edge runs them. */
export interface Faults extends FaultControl {
  /** Takes over the account's faults. To be announced once the hooks are in use. */
  follow(account: AccountSnapshot): Announce;
  /** Lets every fault begin anew. To be announced once the hooks are in use. */
  restart(): Announce;
  hooks(account: AccountSnapshot): FaultHooks;
}

export interface FaultsOptions {
  readonly state: Pick<State, 'read' | 'transact'>;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly rng: Rng;
  readonly events: Events;
  /** Model time started or ended a fault: the hooks are others now. */
  readonly onChanged: () => void;
}

export function createFaults({ state, clock, deadlines, rng, events, onChanged }: FaultsOptions): Faults {
  const timeline = new FaultTimeline(clock, rng, {
    started: ({ name, type }) => events.emit('fault.started', `fault ${name} (${type}) began`, { fault: name, type }),
    ended: ({ name, type }, why) =>
      events.emit('fault.ended', `fault ${name} (${type}) ended: ${why}`, { fault: name, type, why }),
    changed: onChanged,
  });

  const hooks = new HooksCompiler({ clock, deadlines });

  const named = (name: string): Fault => {
    const faults = [...state.read().faults.values()];
    const found = faults.find((fault) => fault.name === name);
    if (!found) throw faultUnknown({ name, known: faults.map((fault) => fault.name) });
    return found;
  };
  const view = ({ id, created_on: _created, modified_on: _modified, ...fault }: Fault): FaultView =>
    // What is left of one type of fault is the view of that type.
    ({ ...fault, state: timeline.stateOf(id) }) as FaultView;
  const write = (id: string, input: FaultInput): FaultView => {
    const problems = Array.from(unknownKeys(faultSchema, input), ({ problem }) => problem);
    if (problems.length > 0) throw faultInvalid({ problems: problems.map(sentence) });
    return view(transact((draft) => draft.put('faults', { ...input, id })));
  };
  const transact = <T>(change: (draft: Draft) => T): T => {
    try {
      return state.transact('api', change);
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      const problems = error.problems.map((problem) => sentence({ ...problem, path: problem.path.slice(2) }));
      const unmatched = error.problems.every(({ code }) => code === 'unknown_reference');
      throw faultInvalid({ problems, unmatched }, { cause: error });
    }
  };

  return {
    follow: (account) => timeline.follow(account.faults),
    restart: () => timeline.restart(state.read().faults),
    hooks: (account) => hooks.compile([...timeline.active()], account),
    list: () => Array.from(state.read().faults.values(), view),
    add(input) {
      requireMapping(input);
      const { faults, account } = state.read();
      if ([...faults.values()].some((fault) => fault.name === input.name)) throw faultExists({ name: input.name });
      return write(derivedHex32(account.id, 'faults', String(input.name)), input);
    },
    set(name, patch) {
      requireMapping(patch);
      const { id, managed_by: _by, created_on: _created, modified_on: _modified, ...fault } = named(name);
      for (const key of ['name', 'type'] as const) {
        if (key in patch) throw faultInvalid({ problems: [`${key} cannot be changed: add another fault`] });
      }
      const merged = Object.entries({ ...fault, ...patch }).filter(([, value]) => value !== null);
      return write(id, Object.fromEntries(merged) as unknown as FaultInput);
    },
    remove(name) {
      const fault = named(name);
      const removed = view(fault);
      transact((draft) => draft.delete('faults', fault.id));
      return removed;
    },
  };
}

function requireMapping(input: unknown): void {
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) return;
  throw faultInvalid({ problems: ['it must be a mapping of keys to values'] });
}

function sentence({ path, message }: Pick<Problem, 'path' | 'message'>): string {
  return path.length === 0 ? message : `${path.join('.')} ${message}`;
}
