import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { messageOf } from '../../runtime/errors.js';
import type { Problem } from '../state/state.types.js';
import type { ConfigProblem } from './config.types.js';

type Path = Problem['path'];

/** Where a configuration comes from: its value, and the place of every part of it. */
export interface ConfigSource {
  readonly file?: string;
  readonly value: unknown;
  /** Whether something stands at `path`. */
  has(path: Path): boolean;
  describe(problem: Problem): ConfigProblem;
}

/** An object made by a program: problems name the path only. */
export function objectSource(value: unknown): ConfigSource {
  return {
    value,
    has: (path) => valueAt(value, path) !== undefined,
    describe: ({ path, code, message }) => ({ path: formatPath(path), code, message: sentence(path, message) }),
  };
}

/** The text of a YAML file: problems name line and column. Or everything that keeps it from being YAML. */
export function yamlSource(text: string, file: string): ConfigSource | { readonly problems: ConfigProblem[] } {
  const lines = new LineCounter();
  // `<<` merges, as people know it from Compose files.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const placed = (offset: number, code: string, message: string): ConfigProblem => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col, path: '', code, message };
  };

  const wrong = [...document.errors, ...document.warnings];
  if (wrong.length > 0) {
    return { problems: wrong.map((error) => placed(error.pos[0], 'bad_yaml', syntaxMessage(error, text))) };
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // An alias without its anchor, or aliases that multiply without bound.
    return { problems: [placed(0, 'bad_yaml', `not valid YAML: ${messageOf(error)}`)] };
  }

  return {
    file,
    value,
    has: (path) => valueAt(value, path) !== undefined,
    describe({ path, code, message }) {
      const offset = offsetOf(document, path, code === 'unknown_key' || isNameOfPool(path, code));
      return { ...placed(offset, code, sentence(path, message)), path: formatPath(path) };
    },
  };
}

function syntaxMessage(
  error: { readonly code: string; readonly message: string; readonly pos: readonly [number, number] },
  text: string,
): string {
  switch (error.code) {
    case 'DUPLICATE_KEY': {
      const key = /^[^\s:]*/.exec(text.slice(error.pos[0]))?.[0] ?? '';
      return `the key ${JSON.stringify(key)} stands twice in the same mapping`;
    }
    case 'TAB_AS_INDENT':
      return 'a tab is used for indentation; YAML allows only spaces';
    case 'MULTIPLE_DOCS':
      return 'a second document begins here ("---"); a configuration is one document';
    default:
      return `not valid YAML: ${error.message}`;
  }
}

/** The keys of pool_weights are names: one that no pool has is what is wrong, not its weight. */
function isNameOfPool(path: Path, code: string): boolean {
  return code === 'unknown_reference' && path.at(-2) === 'pool_weights';
}

/** Where to point: at a key when it is what is wrong or its value is long, else at the value; at the nearest part that exists. */
function offsetOf(document: Document, path: Path, atKey: boolean): number {
  let node: Node | null = document.contents;
  let offset = start(node) ?? 0;
  for (const [depth, part] of path.entries()) {
    const resolved: unknown = isAlias(node) ? node.resolve(document) : node;
    if (isMap(resolved)) {
      const pair: Pair | undefined = resolved.items.find(
        ({ key }) => String(isScalar(key) ? key.value : key) === String(part),
      );
      if (!pair) return offset;
      node = pair.value as Node | null;
      const useValue = isScalar(node) && !(atKey && depth === path.length - 1);
      offset = (useValue ? start(node) : start(pair.key as Node | null)) ?? offset;
    } else if (isSeq(resolved)) {
      node = (resolved.items[Number(part)] ?? null) as Node | null;
      offset = start(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function start(node: Node | null | undefined): number | undefined {
  return node?.range?.[0];
}

/** `pools[0].origins[1].weight` */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[\w-]+$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/** How the messages begin whose subject is the path (see Problem.message). */
const PREDICATE = /^(?:is|are|has|may|must|needs|cannot) /;

function sentence(path: Path, message: string): string {
  const subject = formatPath(path);
  if (subject === '') return PREDICATE.test(message) ? `the configuration ${message}` : message;
  return PREDICATE.test(message) ? `${subject} ${message}` : `${subject}: ${message}`;
}

function valueAt(value: unknown, path: Path): unknown {
  let part = value;
  for (const key of path) {
    if (typeof part !== 'object' || part === null) return undefined;
    part = (part as Readonly<Record<string | number, unknown>>)[key];
  }
  return part;
}
