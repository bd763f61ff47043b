import { didYouMean } from '../../runtime/did-you-mean.js';
import { derivedHex32 } from '../../runtime/ids.js';
import { withPools } from '../config/load-balancer-names.js';
import { SCHEMAS } from '../state/schemas/index.js';
import type { Draft, Kind, Problem, Writable } from '../state/state.types.js';
import { tunnelHostname } from '../state/tunnel-hostname.js';
import { unknownKeys } from '../state/unknown-keys.js';
import { ValidationError } from '../state/validation-error.js';
import type { ChangeSpec } from './schema.js';

type Fields = Readonly<Record<string, unknown>>;
type Path = Problem['path'];

const TARGETS = { pool: 'pools', load_balancer: 'load_balancers', monitor: 'monitors' } as const;

/** What a new endpoint of a pool becomes: it may have to be led to where its origin listens. */
export type Place = <O extends { readonly address: string }>(origin: O) => O;

/**
 * Does one `change` of a scenario. Objects go by their names, also where fields refer to others.
 *
 * @throws ValidationError with paths from the change on, e.g. `['set', 'enabled']`
 */
export function applyChange(draft: Draft, change: ChangeSpec, place: Place = (origin) => origin): void {
  const account = draft.read();
  const given = (Object.keys(TARGETS) as (keyof typeof TARGETS)[]).filter((target) => change[target] !== undefined);
  const [target] = given;
  if (given.length !== 1 || !target) {
    fail([], `needs one of ${Object.keys(TARGETS).join(', ')}; it has ${given.join(' and ') || 'none'}`);
  }
  const kind = TARGETS[target];
  const name = change[target] as string;
  const ways = (['set', 'put', 'delete'] as const).filter((way) => change[way] !== undefined);
  const [way] = ways;
  if (ways.length !== 1 || !way) fail([], `needs one of set, put and delete; it has ${ways.join(' and ') || 'none'}`);

  const all = [...account[kind].values()];
  const nameOf = (object: (typeof all)[number]): string => ('name' in object ? object.name : object.description);
  const found = all.find((object) => nameOf(object) === name);
  if (!found && way !== 'put') fail([target], unknown(target, name, all.map(nameOf)));
  if (change.origin !== undefined && kind !== 'pools') fail(['origin'], 'goes only with a pool');
  if (way === 'delete') {
    if (change.origin === undefined) {
      draft.delete(kind, found?.id ?? '');
      return;
    }
    const pool = account.pools.get(found?.id ?? '');
    const origins = pool?.origins ?? [];
    if (!origins.some((origin) => origin.name === change.origin)) {
      fail(
        ['origin'],
        unknown(
          'origin',
          change.origin,
          origins.map((origin) => origin.name),
        ),
      );
    }
    put(draft, 'pools', { ...pool, origins: origins.filter((origin) => origin.name !== change.origin) }, []);
    return;
  }

  const fields = change[way] as Fields;
  if (change.origin !== undefined) {
    const pool = account.pools.get(found?.id ?? '');
    const origins = pool?.origins ?? [];
    const before = origins.find((origin) => origin.name === change.origin);
    if (!before && way === 'set')
      fail(
        ['origin'],
        unknown(
          'origin',
          change.origin,
          origins.map(({ name: each }) => each),
        ),
      );
    const after = { ...(way === 'set' ? before : {}), name: change.origin, ...withTunnel(fields, draft, [way], place) };
    const others = before ? origins.map((origin) => (origin === before ? after : origin)) : [...origins, after];
    checkKeys('pools', { origins: [withoutTunnel(fields)] }, (path) => [way, ...path.slice(2)]);
    put(draft, 'pools', { ...pool, origins: others }, [way]);
    return;
  }
  const id = found?.id ?? derivedHex32(account.account.id, kind, name);
  const translated = translate(kind, fields, draft, [way], place);
  checkKeys(kind, translated, (path) => [way, ...path]);
  const named = kind === 'monitors' ? { description: name } : { name };
  put(draft, kind, { ...(way === 'set' ? found : named), ...translated, id } as Fields, [way]);
}

function put(draft: Draft, kind: Kind, fields: Fields, at: Path): void {
  const { managed_by: _by, created_on: _created, modified_on: _modified, ...object } = fields;
  try {
    draft.put(kind, object as unknown as Writable<Kind>);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    throw new ValidationError(
      error.problems.map((problem) => ({ ...problem, path: [...at, ...problem.path.slice(2)] })),
    );
  }
}

function translate(kind: keyof typeof SCHEMAS, fields: Fields, draft: Draft, at: Path, place: Place): Fields {
  const { pools, monitors } = draft.read();
  const idOf = (noun: string, name: string, path: Path, all: Iterable<{ id: string; name: string }>): string => {
    const objects = [...all];
    const found = objects.find((each) => each.name === name);
    if (!found)
      fail(
        path,
        unknown(
          noun,
          name,
          objects.map((each) => each.name),
        ),
      );
    return found.id;
  };
  if (kind === 'load_balancers') {
    return withPools(
      fields as Parameters<typeof withPools>[0] & Fields,
      at,
      (name, path) => idOf('pool', name, path, pools.values()),
      ({ path, message }) => fail(path, message),
    );
  }
  if (kind !== 'pools') return fields;
  const { monitor, origins } = fields;
  const named = Array.from(monitors.values(), ({ id, description }) => ({ id, name: description }));
  return {
    ...fields,
    ...(typeof monitor === 'string' && { monitor: idOf('monitor', monitor, [...at, 'monitor'], named) }),
    ...(Array.isArray(origins) && {
      origins: origins.map((each: Fields, index) => withTunnel(each, draft, [...at, 'origins', index], place)),
    }),
  };
}

function withTunnel(fields: Fields, draft: Draft, at: Path, place: Place): Fields {
  const { tunnel, ...rest } = fields;
  if (typeof tunnel !== 'string') {
    return typeof rest.address === 'string' ? place(rest as Fields & { address: string }) : rest;
  }
  const tunnels = [...draft.read().tunnels.values()];
  const found = tunnels.find(({ name }) => name === tunnel);
  if (!found)
    fail(
      [...at, 'tunnel'],
      unknown(
        'tunnel',
        tunnel,
        tunnels.map(({ name }) => name),
      ),
    );
  return { ...rest, address: tunnelHostname(found.id) };
}

function withoutTunnel({ tunnel: _tunnel, ...fields }: Fields): Fields {
  return fields;
}

function checkKeys(kind: keyof typeof SCHEMAS, fields: Fields, at: (path: Path) => Path): void {
  const problems = Array.from(unknownKeys(SCHEMAS[kind], fields), ({ problem }) => problem);
  if (problems.length > 0) {
    throw new ValidationError(problems.map((problem) => ({ ...problem, path: at(problem.path) })));
  }
}

function unknown(noun: string, name: string, names: readonly string[]): string {
  const there = names.length === 0 ? `; there is no ${noun}` : `; there are: ${names.join(', ')}`;
  return `is no ${noun}: ${JSON.stringify(name)}${didYouMean(name, names) || there}`;
}

function fail(path: Path, message: string): never {
  throw new ValidationError([{ path, code: 'invalid', message }]);
}
