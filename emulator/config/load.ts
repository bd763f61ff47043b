import { readFile } from 'node:fs/promises';
import { messageOf } from '../../runtime/errors.js';
import { listenText, overlap } from '../../runtime/listen-address.js';
import { KINDS } from '../state/draft.js';
import { parseListenAddress } from '../state/listen-address.js';
import { createState } from '../state/state.js';
import type { Desired, Kind, Problem } from '../state/state.types.js';
import { unknownPlace } from '../state/validate/place-codes.js';
import { ValidationError } from '../state/validation-error.js';
import type { ConfigProblem, Listen, ListenAddress, LoadedConfig } from './config.types.js';
import { ConfigError, configNotFound, configUnreadable } from './config-error.js';
import { buildDesired } from './desired.js';
import { cloudflaredAddresses, dnsAddress, isLoopback } from './listen.js';
import type { ConfigFile, ConfigInput } from './schema.js';
import { parseSections, type Sections } from './sections.js';
import { type ConfigSource, formatPath, objectSource, yamlSource } from './source.js';

type Path = Problem['path'];

/** Reads the text of a `colocal.yaml`. Throws {@link ConfigError} with everything that is wrong in it. */
export function parseConfig(text: string, fileName: string): LoadedConfig {
  const source = yamlSource(text, fileName);
  if ('problems' in source) throw new ConfigError(source.problems, fileName);
  return { ...load(source), file: fileName, text };
}

/** Takes what a `colocal.yaml` would say as an object. Throws {@link ConfigError}. */
export function configFromObject(object: ConfigInput): LoadedConfig {
  return load(objectSource(object));
}

/** Takes a configuration that stands within another file. Throws {@link ConfigError}. */
export function configFromSource(source: ConfigSource): LoadedConfig {
  return load(source);
}

/** Reads and parses a file. Throws {@link ConfigError}, `CONFIG_NOT_FOUND` or `CONFIG_UNREADABLE`. */
export async function loadConfigFile(path: string): Promise<LoadedConfig> {
  return parseConfig(await readConfigFile(path), path);
}

/** The file's text. Throws `CONFIG_NOT_FOUND` or `CONFIG_UNREADABLE`. */
export async function readConfigFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw configNotFound({ path }, { cause: error });
    throw configUnreadable({ path, reason: REASONS[code ?? ''] ?? messageOf(error) }, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  ENOTDIR: 'a part of its path is not a directory',
};

function load(source: ConfigSource): LoadedConfig {
  const { value } = source;
  if (value === null || value === undefined) throw refuse(source, [{ path: [], code: 'empty', message: EMPTY }]);
  if (typeof value !== 'object' || Array.isArray(value)) {
    const message = 'must be a mapping of keys such as zones, pools and tunnels to their values';
    throw refuse(source, [{ path: [], code: 'wrong_type', message }]);
  }

  const { sections, problems, misspelt } = parseSections(value as Readonly<Record<string, unknown>>);
  const warnings: Problem[] = [];
  const listen = listenOf(sections.listen);
  problems.push(...clockProblems(sections.clock), ...listenProblems(listen, sections));
  const desired = buildDesired(
    sections,
    (problem) => problems.push(problem),
    (warning) => warnings.push(warning),
  );
  if (desired.account.api_token === undefined && listen.api && !isLoopback(listen.api)) {
    warnings.push({
      path: ['account', 'api_token'],
      code: 'random_token',
      message: 'is random in each run, and the API is open to the network; give one, so that its clients can know it',
    });
  }
  if (listen.on_ramp && !isLoopback(listen.on_ramp) && desired.access.users.length === 0) {
    warnings.push({
      path: ['listen', 'on_ramp'],
      code: 'open_on_ramp',
      message:
        'is open to the network, and without access.users it asks nobody who they are: everybody reaches the private networks; add users, or keep it on loopback',
    });
  }
  const locate = (found: readonly Problem[]) =>
    inOrder(found.map((problem) => source.describe(inFile(problem, desired, source))));
  const further = tryOut(desired);
  const cascades = problems.length > 0;
  problems.push(
    ...further
      .filter(({ code }) => !(cascades && NEEDS_OTHERS.has(code)))
      .map((problem) => inFile(problem, desired, source)),
  );
  if (problems.length > 0) throw refuse(source, withoutMisspelt(problems, misspelt));

  return {
    listen,
    clock: { mode: sections.clock.mode, scale: sections.clock.scale ?? 1 },
    ...(sections.seed === undefined ? {} : { seed: sections.seed }),
    desired,
    warnings: locate(warnings),
    locate,
  };
}

const EMPTY =
  'is empty; an edge without zones, pools and tunnels has nothing to answer: docs/configuration.md has an example, and colocal demo runs one';

/** Problems that may only come from leaving out another object which has problems itself. */
const NEEDS_OTHERS: ReadonlySet<string> = new Set([
  'unknown_reference',
  'uncovered_address',
  'host_not_allowed',
  'no_data_center',
  // These have been reported with a suggestion.
  'unknown_data_center',
]);

/** A required key that is there but misspelt has been reported, with what is meant: that it is missing says nothing more. */
function withoutMisspelt(problems: readonly Problem[], misspelt: readonly Path[]): readonly Problem[] {
  const there = new Set(misspelt.flatMap((path) => [formatPath(path), formatPath(asRequired(path))]));
  return problems.filter(({ path, code }) => code !== 'required' || !there.has(formatPath(path)));
}

/** An endpoint's tunnel stands in place of the address that would be required. */
function asRequired(path: Path): Path {
  return path.at(-1) === 'tunnel' ? [...path.slice(0, -1), 'address'] : path;
}

/** Applies the file to an account that is thrown away, so that a file can be checked without an edge. */
function tryOut(desired: Desired): readonly Problem[] {
  const api_token = desired.account.api_token ?? 'x'.repeat(40);
  try {
    createState({ clock: { now: () => 0 }, account: { ...desired.account, api_token } }).applyFile(desired);
    return [];
  } catch (error) {
    if (error instanceof ValidationError) return error.problems;
    throw error;
  }
}

/** A problem of the state, at its place in the file. */
function inFile(problem: Problem, desired: Desired, source: ConfigSource): Problem {
  const [kind, id, ...rest] = problem.path;
  if (!KINDS.includes(kind as Kind) || typeof id !== 'string') return problem;
  const object = desired.objects.find((candidate) => candidate.kind === kind && candidate.id === id);
  if (!object) return { ...problem, path: [], message: `${kind} ${id}, which is not in this file, ${problem.message}` };
  return { ...problem, path: [...object.at, ...asWritten(object.at, rest, source)] };
}

/** The file has other words for some fields. */
const WRITTEN_AS: Readonly<Record<string, string>> = {
  address: 'tunnel',
  virtual_network_id: 'virtual_network',
  monitor_id: 'monitor',
  load_balancer_id: 'load_balancer',
};

function asWritten(at: Path, rest: Path, source: ConfigSource): Path {
  const written = WRITTEN_AS[String(rest.at(-1))];
  if (written === undefined || source.has([...at, ...rest])) return rest;
  const other = [...rest.slice(0, -1), written];
  return source.has([...at, ...other]) ? other : rest;
}

function refuse(source: ConfigSource, problems: readonly Problem[]): ConfigError {
  return new ConfigError(inOrder(problems.map((problem) => source.describe(problem))), source.file);
}

function inOrder(problems: ConfigProblem[]): ConfigProblem[] {
  return problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

function listenOf(section: ConfigFile['listen']): Listen {
  const address = (text: string): ListenAddress | null => parseListenAddress(text) ?? null;
  return {
    http: address(section.http),
    https: address(section.https),
    connectors: address(section.connectors),
    api: address(section.api),
    on_ramp: address(section.on_ramp),
    cloudflared: cloudflaredAddresses(section.cloudflared),
    dns: dnsAddress(section.dns),
  };
}

function* listenProblems({ cloudflared, ...others }: Listen, sections: Sections): Generator<Problem> {
  const { listen: written, data_centers: dataCenters } = sections;
  const taken: { readonly name: string; readonly address: ListenAddress }[] = [];
  const all = [
    ...Object.entries(others).map(([name, address]) => ({ path: ['listen', name], address })),
    ...cloudflared.map((address, index) => ({ path: ['listen', 'cloudflared', index], address })),
    ...sections.spectrum.map(({ value, at }) => ({
      path: [...at, 'listen'],
      address: value && parseListenAddress(value.listen),
    })),
  ];
  for (const { path, address } of all) {
    if (!address || address.port === 0) continue;
    const first = taken.find((each) => overlap(each.address, address));
    if (first) {
      const [own, other] = [listenText(address), listenText(first.address)];
      const message = `is ${own}, which ${first.name} has already${own === other ? '' : ` with ${other}`}`;
      yield { path, code: 'not_unique', message };
    } else if (path[0] === 'listen') {
      // Of two applications the state tells.
      taken.push({ name: formatPath(path), address });
    }
  }
  if (written.cloudflared === 'off') return;
  for (const [index, entry] of written.cloudflared.entries()) {
    const code = typeof entry === 'string' ? undefined : entry.data_center;
    if (code === undefined) continue;
    const path = ['listen', 'cloudflared', index, 'data_center'];
    const unknown = unknownPlace('pop', code);
    if (unknown) yield { path, ...unknown };
    else if (!dataCenters.includes(code))
      yield { path, code: 'no_data_center', message: `is ${code}, which is not among data_centers` };
  }
}

function* clockProblems({ mode, scale }: ConfigFile['clock']): Generator<Problem> {
  if (scale !== undefined && mode !== 'scaled') {
    yield {
      path: ['clock', 'scale'],
      code: 'conflict',
      message: `has no effect with mode: ${mode}; write mode: scaled`,
    };
  }
}
