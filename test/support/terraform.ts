import { expect } from 'vitest';
import type { ApiUnderTest } from './api.js';

/** A resource as a provider keeps it: what its plan says of each attribute, and how its bodies are written. */
export interface Planned {
  readonly collection: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** What the answers must say, attribute by attribute (docs/reference/api.md 4.2). */
  readonly expected: Readonly<Record<string, unknown>>;
  /** Attributes that nobody set: they must be absent or null. */
  readonly unset?: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** What a server decides and changes by itself. */
const CHANGING: ReadonlySet<string> = new Set(['modified_on']);

/** What a plan after an apply looks at: every answer must be the one before, and as planned. */
function holdAgainstPlan(answer: Fields, { expected, unset = [] }: Planned): void {
  expect(answer).toMatchObject(expected);
  for (const attribute of unset) expect(answer[attribute] ?? null, attribute).toBeNull();
}

function withoutChanging(answer: Fields): Fields {
  return Object.fromEntries(Object.entries(answer).filter(([key]) => !CHANGING.has(key)));
}

/**
 * apply, plan, apply again with a PUT of the same, plan, destroy: create, read, update, read, delete, read
 * (docs/reference/api.md 4.1). `put` makes the body of an update from that of a creation.
 */
export async function lifeOf(api: ApiUnderTest, planned: Planned, put: (body: Fields) => Fields): Promise<void> {
  const { collection, body } = planned;
  const id = await apply(api, planned);
  const one = `${collection}/${id}`;
  const read = async (): Promise<Fields> => (await api.call('GET', one)).result;
  const first = await read();
  const updated = await api.call('PUT', one, put(body));
  expect(updated.errors).toEqual([]);
  holdAgainstPlan(updated.result, planned);
  expect(withoutChanging(updated.result)).toEqual(withoutChanging(first));
  expect(await read()).toEqual(updated.result);
  // A provider that has nothing to change may say so.
  expect((await api.call('PATCH', one, {})).result).toEqual(updated.result);
  await destroy(api, one);
}

/** Creates it and reads it back; returns its id. */
export async function apply(api: ApiUnderTest, planned: Planned): Promise<string> {
  const created = await api.call('POST', planned.collection, planned.body);
  expect(created.errors).toEqual([]);
  holdAgainstPlan(created.result, planned);
  expect(created.result.id).toMatch(/^[0-9a-f]{32}$/);
  const read = await api.call('GET', `${planned.collection}/${created.result.id}`);
  expect(read.result).toEqual(created.result);
  return created.result.id;
}

export async function destroy(api: ApiUnderTest, one: string): Promise<void> {
  expect(await api.call('DELETE', one)).toMatchObject({ status: 200, success: true });
  expect(await api.call('GET', one)).toMatchObject({ status: 404, errors: [{ code: 1001 }] });
}
