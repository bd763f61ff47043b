import { randomSecret } from '../../runtime/ids.js';
import type { Account } from '../state/objects.js';
import type { AccountState, Problem } from '../state/state.types.js';
import { ValidationError } from '../state/validation-error.js';
import type { LoadedConfig } from './config.types.js';
import { ConfigError } from './config-error.js';

/** The account to begin with. Without a token in the file it gets one that nobody can guess. */
export function accountOf({ desired }: LoadedConfig): Account {
  const { api_token = randomToken(), ...account } = desired.account;
  return { ...account, api_token };
}

/** 43 characters of the alphabet that API clients check (docs/reference/api.md 1.2). */
function randomToken(): string {
  return randomSecret().replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

const RESET = 'POST /colocal/v1/reset brings all of the file back';

/**
 * Makes the account what the file says, in one transaction. Throws {@link ConfigError}, and changes nothing, when
 * that does not go together with what the API made, or when the file is of another account.
 *
 * @param remedy what brings back something that the file refers to and the API deleted
 */
export function applyConfig(state: AccountState, loaded: LoadedConfig, remedy = RESET): void {
  const running = state.read().account.id;
  if (loaded.desired.account.id !== running) {
    throw refused(loaded, [
      {
        path: ['account'],
        code: 'needs_restart',
        message: `has another id than the running edge (${running}), which would give every object a new id; restart to change it`,
      },
    ]);
  }
  try {
    state.applyFile(loaded.desired);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    throw refused(
      loaded,
      error.problems.map((problem) => explainDeletion(problem, remedy)),
    );
  }
}

/** All that the file refers to was there when the file was checked by itself: so the API took it away. */
function explainDeletion(problem: Problem, remedy: string): Problem {
  if (problem.code !== 'unknown_reference') return problem;
  const message = `${problem.message}. The API deleted it; ${remedy}`;
  return { ...problem, message };
}

function refused(loaded: LoadedConfig, problems: readonly Problem[]): ConfigError {
  return new ConfigError(loaded.locate(problems), loaded.file);
}
