import { derivedHex32 } from '../../runtime/ids.js';
import type { LoadedConfig } from '../config/index.js';
import { createState } from '../state/state.js';
import type { Problem, State, Writable } from '../state/state.types.js';
import { ValidationError } from '../state/validation-error.js';
import { applyChange } from './changes.js';
import type { OriginSpec, ScenarioFile, Step } from './schema.js';
import { uncoveredEndpoints } from './stage/rewire.js';

/** Does to an account that is thrown away what the steps will do to the edge's, and returns what would be refused. */
export function rehearse({ desired }: LoadedConfig, { steps, connectors, origins }: ScenarioFile): Problem[] {
  const api_token = desired.account.api_token ?? 'x'.repeat(40);
  const state = createState({ clock: { now: () => 0 }, account: { ...desired.account, api_token } });
  state.applyFile(desired);
  const problems: Problem[] = [];
  for (const [index, step] of steps.entries()) {
    try {
      rehearseStep(state, step, new Set(connectors.map(({ name }) => name)));
      checkPlaces(state, step, origins);
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      const action = step.fault ? 'fault' : 'change';
      problems.push(
        ...error.problems.map((problem) => ({ ...problem, path: ['steps', index, action, ...problem.path] })),
      );
    }
  }
  return problems;
}

function rehearseStep(state: State, { fault, lift, change }: Step, connectors: ReadonlySet<string>): void {
  if (fault) {
    const id = derivedHex32('fault', fault.name);
    transact(state, () =>
      state.transact('api', (draft) => draft.put('faults', { ...fault, id } as Writable<'faults'>)),
    );
    checkConnector(fault.match, connectors);
  }
  if (lift !== undefined) {
    const found = [...state.read().faults.values()].find(({ name }) => name === lift);
    if (found) state.transact('api', (draft) => draft.delete('faults', found.id));
  }
  if (change) {
    // A whole that is not valid is told of at the object; what is wrong in the change itself, at its place.
    try {
      state.transact('api', (draft) => applyChange(draft, change));
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      throw new ValidationError(error.problems.map(inChange));
    }
  }
}

/** What a change adds to a pool must be there, as what the configuration has. */
function checkPlaces(state: State, { change }: Step, origins: readonly OriginSpec[]): void {
  if (change?.pool === undefined) return;
  const pool = [...state.read().pools.values()].find(({ name }) => name === change.pool);
  const [first] = uncoveredEndpoints(pool?.origins ?? [], origins);
  if (first) throw new ValidationError([{ path: [], code: first.code, message: first.message }]);
}

function transact(_state: State, work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    throw new ValidationError(error.problems.map((problem) => ({ ...problem, path: problem.path.slice(2) })));
  }
}

function inChange(problem: Problem): Problem {
  const [kind] = problem.path;
  const own = kind === 'pools' || kind === 'load_balancers' || kind === 'monitors';
  return own ? { ...problem, path: ['set', ...problem.path.slice(2)] } : problem;
}

/** Faults of a scenario name connectors by the names they have there. */
function checkConnector(match: object, connectors: ReadonlySet<string>): void {
  if (!('connector' in match) || typeof match.connector !== 'string' || connectors.has(match.connector)) return;
  const message = `is no connector of the scenario; there are: ${[...connectors].join(', ')}`;
  throw new ValidationError([{ path: ['match', 'connector'], code: 'unknown_reference', message }]);
}
