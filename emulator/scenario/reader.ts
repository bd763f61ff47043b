import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseSpan } from '../../runtime/clock.js';
import { messageOf } from '../../runtime/errors.js';
import { ConfigError, type ConfigProblem, type LoadedConfig, loadConfigFile } from '../config/index.js';
import { configFromSource } from '../config/load.js';
import { type ConfigSource, yamlSource } from '../config/source.js';
import { problemsOf } from '../state/issues.js';
import type { Problem } from '../state/state.types.js';
import { unknownKeys } from '../state/unknown-keys.js';
import { checkReferences } from './references.js';
import { rehearse } from './rehearse.js';
import type { Action, PlannedStep, Scenario } from './scenario.types.js';
import { ScenarioError, scenarioUnreadable } from './scenario-error.js';
import { ACTIONS, type ScenarioFile, type Step, scenarioSchema } from './schema.js';
import { uncovered } from './stage/rewire.js';

/** Reads a scenario, and tries out all that can be tried without playing it. Throws {@link ScenarioError}, SCENARIO_UNREADABLE. */
export async function readScenario(path: string): Promise<Scenario> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw scenarioUnreadable({ path, reason: messageOf(error) }, { cause: error });
  }
  return parseScenario(text, path);
}

/** The same for a text. `file` names it, and paths in it are relative to that. */
export async function parseScenario(text: string, file: string): Promise<Scenario> {
  const source = yamlSource(text, file);
  if ('problems' in source) throw new ScenarioError(source.problems, file);
  const refuse = (problems: readonly Problem[], placed: readonly ConfigProblem[] = []): void => {
    if (problems.length + placed.length === 0) return;
    throw new ScenarioError(inOrder([...problems.map((problem) => source.describe(problem)), ...placed], file), file);
  };

  const unknown = Array.from(unknownKeys(scenarioSchema, source.value), ({ problem }) => problem);
  const parsed = scenarioSchema.safeParse(source.value);
  const wrong = parsed.success ? [] : problemsOf(parsed.error.issues, source.value, []);
  refuse([...unknown, ...wrong]);
  const value = parsed.data as ScenarioFile;

  const { steps, problems } = plan(value.steps, (path) => {
    const { line } = source.describe({ path, code: '', message: '' });
    return `${file}:${line ?? 1}`;
  });
  const { config, placed } = await configOf(value, source, file);
  refuse([...problems, ...checkReferences(value, config)], placed);
  if (!config) throw new ScenarioError(placed, file);
  refuse([], config.locate(uncovered(config.desired, value.origins)));
  refuse(rehearse(config, value));
  const { name, seed, origins, connectors } = value;
  return { file, name, seed, config, origins, connectors, steps, warnings: config.warnings };
}

/** The configuration, within the scenario or beside it; or what is wrong with it. */
async function configOf(
  { config }: ScenarioFile,
  source: ConfigSource,
  file: string,
): Promise<{ readonly config?: LoadedConfig; readonly placed: readonly ConfigProblem[] }> {
  const inside = <P extends { readonly path: Problem['path'] }>(problem: P): P => ({
    ...problem,
    path: ['config', ...problem.path],
  });
  try {
    const loaded =
      typeof config === 'string'
        ? await loadConfigFile(resolve(dirname(file), config))
        : configFromSource({
            file,
            value: config,
            has: (path) => source.has(['config', ...path]),
            describe: (problem) => source.describe(inside(problem)),
          });
    return { config: loaded, placed: [] };
  } catch (error) {
    if (error instanceof ConfigError) return { placed: error.problems };
    if (typeof config !== 'string') throw error;
    return { placed: [source.describe({ path: ['config'], code: 'unreadable', message: messageOf(error) })] };
  }
}

/** When each step is done. Time must not go backwards. */
function plan(
  written: readonly Step[],
  placeOf: (path: Problem['path']) => string,
): { readonly steps: readonly PlannedStep[]; readonly problems: readonly Problem[] } {
  const steps: PlannedStep[] = [];
  const problems: Problem[] = [];
  let now = 0;
  for (const [index, step] of written.entries()) {
    const path = ['steps', index] as const;
    const given = ACTIONS.filter((action) => step[action] !== undefined);
    if (given.length !== 1) {
      const message =
        given.length === 0
          ? `does nothing; it needs one of ${ACTIONS.join(', ')}`
          : `does several things: ${given.join(', ')}; make a step of each`;
      problems.push({ path, code: 'actions', message });
    }
    const at = step.at === undefined ? now : (parseSpan(step.at) ?? 0);
    if (at < now) {
      const message = `is ${step.at}, but the step before is over at ${now / 1000}s: the step order contradicts itself; put the steps in order`;
      problems.push({ path: [...path, 'at'], code: 'order', message });
    }
    now = Math.max(now, at);
    const action = actionOf(step);
    if (!action) continue;
    steps.push({
      number: index + 1,
      at: now,
      action,
      place: placeOf(path),
      ...(step.name === undefined ? {} : { name: step.name }),
      ...(step.says === undefined ? {} : { says: step.says }),
    });
    if (action.kind === 'advance') now += action.by;
  }
  return { steps, problems };
}

function actionOf(step: Step): Action | undefined {
  const { load, stop, fault, lift, change, connector, origin, advance, expect } = step;
  if (load) return { kind: 'load', load };
  if (stop !== undefined) return { kind: 'stop', load: stop };
  if (fault) return { kind: 'fault', fault };
  if (lift !== undefined) return { kind: 'lift', fault: lift };
  if (change) return { kind: 'change', change };
  if (connector) return { kind: 'connector', connector };
  if (origin) return { kind: 'origin', origin };
  if (advance !== undefined) return { kind: 'advance', by: parseSpan(advance) ?? 0 };
  if (expect) return { kind: 'expect', expect };
  return undefined;
}

/** By file, line and column; those of the scenario itself first. */
function inOrder(problems: ConfigProblem[], file: string): ConfigProblem[] {
  const rank = (problem: ConfigProblem): number => Number(problem.file !== file);
  return problems.sort(
    (a, b) => rank(a) - rank(b) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}
