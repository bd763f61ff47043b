import { didYouMean } from '../../runtime/did-you-mean.js';
import type { LoadedConfig } from '../config/index.js';
import type { Problem } from '../state/state.types.js';
import { checkNames, type Known } from './names.js';
import type { ScenarioFile, Step } from './schema.js';

type Path = Problem['path'];

/** What the steps name, and when it is there: names that nothing has, and things that are done in no possible order. */
export function checkReferences(file: ScenarioFile, config: LoadedConfig | undefined): Problem[] {
  const problems: Problem[] = [];
  const report = (path: Path, code: string, message: string): void => void problems.push({ path, code, message });
  const known = (path: Path, noun: string, name: string, names: Iterable<string>): boolean => {
    const all = [...names];
    if (all.includes(name)) return true;
    const there = all.length === 0 ? `; there is no ${noun}` : `; there are: ${all.join(', ')}`;
    report(path, 'unknown_reference', `is no ${noun}: ${JSON.stringify(name)}${didYouMean(name, all) || there}`);
    return false;
  };
  const unique = (at: string, items: readonly { readonly name?: string | undefined }[]): void => {
    const seen = new Set<string>();
    for (const [index, { name }] of items.entries()) {
      if (name === undefined) continue;
      if (seen.has(name)) report([at, index, 'name'], 'not_unique', `is there twice: ${name}`);
      seen.add(name);
    }
  };
  unique('origins', file.origins);
  unique('connectors', file.connectors);
  unique('steps', file.steps);

  const objects = config?.desired.objects ?? [];
  const names = (kind: string): string[] =>
    objects.flatMap((each) => (each.kind === kind && 'name' in each.object ? [String(each.object.name)] : []));
  for (const [index, { tunnel }] of file.connectors.entries()) {
    if (config) known(['connectors', index, 'tunnel'], 'tunnel of the configuration', tunnel, names('tunnels'));
  }
  for (const [index, { service, address }] of file.origins.entries()) {
    if ((service === undefined) === (address === undefined)) {
      report(['origins', index], 'conflict', 'needs either a service, as ingress rules write it, or an address');
    }
  }

  const order = new Order(file, names('faults'));
  for (const [index, step] of file.steps.entries()) order.check(step, ['steps', index], known, report);
  if (config) checkNames(file, config, known);
  return problems;
}

type Report = (path: Path, code: string, message: string) => void;

/** What is going on when a step comes. */
class Order {
  private readonly loads = new Set<string>();
  private readonly stopped = new Set<string>();
  private readonly faults: Set<string>;
  private readonly steps = new Set<string>();
  private readonly connectors: Map<string, boolean>;
  private readonly origins: Map<string, boolean>;

  constructor(file: ScenarioFile, faults: readonly string[]) {
    this.faults = new Set(faults);
    this.connectors = new Map(file.connectors.map(({ name }) => [name, true]));
    this.origins = new Map(file.origins.map(({ name }) => [name, true]));
  }

  check(step: Step, path: Path, known: Known, report: Report): void {
    const { load, stop, fault, lift, connector, origin, expect } = step;
    if (load) {
      if (this.loads.has(load.name)) {
        report([...path, 'load', 'name'], 'order', `is the name of a load that an earlier step starts: ${load.name}`);
      }
      this.loads.add(load.name);
    }
    if (stop !== undefined && known([...path, 'stop'], 'load that an earlier step starts', stop, this.loads)) {
      if (this.stopped.has(stop)) report([...path, 'stop'], 'order', `is stopped already: ${stop}`);
      this.stopped.add(stop);
    }
    if (fault) {
      if (this.faults.has(fault.name)) report([...path, 'fault', 'name'], 'order', `is there already: ${fault.name}`);
      this.faults.add(fault.name);
    }
    if (lift !== undefined && known([...path, 'lift'], 'fault of an earlier step', lift, this.faults)) {
      this.faults.delete(lift);
    }
    if (connector) this.turn('connector', this.connectors, connector, path, known, report);
    if (origin) {
      const { answer, service_time } = origin;
      if (origin.do === undefined && answer === undefined && service_time === undefined) {
        report([...path, 'origin'], 'actions', 'needs one of do, answer and service_time');
      }
      this.turn('origin', this.origins, origin, path, known, report);
    }
    if (expect) {
      const at = [...path, 'expect'];
      if (expect.load !== undefined) known([...at, 'load'], 'load of an earlier step', expect.load, this.loads);
      if (expect.after !== undefined) known([...at, 'after'], 'name of an earlier step', expect.after, this.steps);
      const within = expect.failover_within;
      if (within) known([...at, 'failover_within', 'after'], 'name of an earlier step', within.after, this.steps);
      const { load: _load, after: _after, tolerance: _tolerance, ...wanted } = expect;
      if (Object.keys(wanted).length === 0) report(at, 'actions', 'expects nothing');
    }
    if (step.name !== undefined) this.steps.add(step.name);
  }

  private turn(
    noun: 'connector' | 'origin',
    all: Map<string, boolean>,
    { name, do: what }: { readonly name: string; readonly do?: 'stop' | 'drain' | 'start' | undefined },
    path: Path,
    known: Known,
    report: Report,
  ): void {
    if (!known([...path, noun, 'name'], noun, name, all.keys()) || what === undefined) return;
    const runs = all.get(name) === true;
    const starts = what === 'start';
    if (runs === starts) {
      report([...path, noun, 'do'], 'order', `is ${what}, but ${noun} ${name} ${runs ? 'runs' : 'does not run'} then`);
    }
    all.set(name, starts);
  }
}
