import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/**
 * The arrows between the folders (ARCHITECTURE.md): which may import which. Everything may import itself, and
 * whatever is not listed is refused. A new folder needs a line here.
 */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  runtime: [],
  protocol: ['runtime'],
  agents: ['protocol', 'runtime'],
  origins: ['protocol', 'runtime'],
  'emulator/network': ['runtime'],
  'emulator/geo': ['emulator/network', 'runtime'],
  'emulator/access': ['emulator/network', 'runtime'],
  'emulator/steering': ['emulator/geo', 'emulator/network', 'runtime'],
  'emulator/observe': ['runtime'],
  'emulator/state': ['emulator/steering', 'emulator/geo', 'emulator/network', 'protocol', 'runtime'],
  'emulator/tunnel': ['emulator/geo', 'emulator/observe', 'protocol', 'runtime'],
  'emulator/reach': ['emulator/tunnel', 'emulator/network', 'emulator/geo', 'emulator/observe', 'runtime'],
  'emulator/faults': [
    'emulator/state',
    'emulator/health',
    'emulator/reach',
    'emulator/tunnel',
    'emulator/geo',
    'emulator/observe',
    'runtime',
  ],
  'emulator/health': ['emulator/reach', 'emulator/geo', 'emulator/observe', 'runtime'],
  'emulator/forward': [
    'emulator/steering',
    'emulator/reach',
    'emulator/access',
    'emulator/network',
    'emulator/geo',
    'emulator/observe',
    'runtime',
  ],
  'emulator/ingress': ['emulator/forward', 'emulator/access', 'emulator/geo', 'emulator/observe', 'runtime'],
  'emulator/dns': ['emulator/steering', 'emulator/network', 'runtime'],
  'emulator/config': ['emulator/state', 'emulator/steering', 'emulator/geo', 'emulator/network', 'protocol', 'runtime'],
  'emulator/pull': ['emulator/config', 'emulator/state', 'emulator/geo', 'runtime'],
  'emulator/api': [
    'emulator/state',
    'emulator/health',
    'emulator/steering',
    'emulator/geo',
    'emulator/network',
    'emulator/observe',
    'protocol',
    'runtime',
  ],
  'emulator/control': [
    'emulator/faults',
    'emulator/health',
    'emulator/reach',
    'emulator/state',
    'emulator/steering',
    'emulator/geo',
    'emulator/observe',
    'runtime',
  ],
};

/** Contracts: types, and the little that belongs to them. Anybody in emulator/ may know them. */
const CONTRACTS = new Set([
  'emulator/state/objects.ts',
  'emulator/state/fault.types.ts',
  'emulator/state/pool-references.ts',
  'emulator/state/load-balancer.types.ts',
  'emulator/state/session-defaults.ts',
  'emulator/state/state.types.ts',
  'emulator/state/tunnel-hostname.ts',
  'emulator/geo/geo.types.ts',
  'emulator/steering/steering.types.ts',
  'emulator/tunnel/connection.ts',
  'emulator/tunnel/status.types.ts',
  'emulator/forward/exchange.ts',
  'emulator/observe/journal.types.ts',
]);

/** Folders of emulator/ that wire everything, as the files directly in it do: the commands, the parts of the library, and scenarios. */
const ABOVE = new Set(['commands', 'library', 'scenario']);

/** The composition root, and the only files that know it: the entries, the commands that start an edge, the library, and scenarios. */
const ROOT = 'emulator/edge.ts';
const knowsRoot = (file: string): boolean =>
  ['emulator/main.ts', 'emulator/cli.ts', 'emulator/index.ts'].includes(file) ||
  /^emulator\/(?:commands|library|scenario)\//.test(file);
/** The only files that know the other processes' code, and load it when it is needed. */
const KNOW_OTHER_PROCESSES = new Set([
  'emulator/cli.ts',
  'emulator/library/connect.ts',
  'emulator/library/origin.ts',
  'emulator/scenario/stage/connectors.ts',
  'emulator/scenario/stage/origins.ts',
]);

/** Folders that do no I/O, and the modules from outside that they may import: none that touches the machine. */
const PURE: Readonly<Record<string, readonly string[]>> = {
  protocol: ['node:assert', 'node:buffer', 'node:url', 'node:util'],
  // Digests are functions of what they are given.
  'emulator/steering': ['node:assert', 'node:buffer', 'node:crypto', 'node:util', 're2js'],
  'emulator/network': ['ipaddr.js'],
  'emulator/access': [],
  'emulator/geo': [],
};

interface Import {
  /** As written. */
  readonly module: string;
  /** Nothing of it is left when the code runs. */
  readonly typeOnly: boolean;
  readonly lazy: boolean;
}

const COMMENT_LINE = /^\s*(?:\/\/|\/?\*).*$/gm;
const FROM =
  /^\s*(?:import|export)\s+(type\s+)?((?:[\w$]+\s*,?\s*)?(?:\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?)?)\s*from\s*['"]([^'"]+)['"]/gm;
const FOR_EFFECT = /^\s*import\s*['"]([^'"]+)['"]/gm;
const LAZY = /\b(typeof\s+)?import\(\s*['"`]([^'"`]+)['"`]/g;

function importsOf(source: string): Import[] {
  const code = source.replace(COMMENT_LINE, '');
  const found: Import[] = [];
  for (const [, type, clause = '', module = ''] of code.matchAll(FROM)) {
    found.push({ module, typeOnly: type !== undefined || onlyTypes(clause), lazy: false });
  }
  for (const [, module = ''] of code.matchAll(FOR_EFFECT)) found.push({ module, typeOnly: false, lazy: false });
  for (const [, type, module = ''] of code.matchAll(LAZY))
    found.push({ module, typeOnly: type !== undefined, lazy: true });
  return found;
}

/** `{ type A, type B as C }`: each name by itself is a type. */
function onlyTypes(clause: string): boolean {
  const names = /^\s*\{([^}]*)\}\s*$/
    .exec(clause)?.[1]
    ?.split(',')
    .map((name) => name.trim());
  return names?.some((name) => name !== '') === true && names.every((name) => name === '' || name.startsWith('type '));
}

/**
 * The folder of {@link ARROWS} that a file belongs to. undefined for what lies above the folders: the files directly
 * in emulator/ and those of {@link ABOVE}.
 */
function partOf(file: string): string | undefined {
  const [top = '', folder = '', rest] = file.split('/');
  if (top !== 'emulator') return top;
  return rest === undefined || ABOVE.has(folder) ? undefined : `${top}/${folder}`;
}

/** What is wrong with one file's imports, one sentence each. */
function violations(file: string, source: string): string[] {
  const part = partOf(file);
  if (part !== undefined && !ARROWS[part]) return [`${file}: the folder ${part} has no line in ARROWS`];
  return importsOf(source).flatMap((found) => {
    const why = found.module.startsWith('.') ? whyNotOurs(file, part, found) : whyNotOutside(part, found);
    return why ? [`${file} imports ${found.module}: ${why}`] : [];
  });
}

function whyNotOurs(file: string, part: string | undefined, found: Import): string | undefined {
  const target = posix.join(posix.dirname(file), found.module).replace(/\.js$/, '.ts');
  const other = partOf(target);
  // The package's name and version are for everybody.
  if (target === 'package.json') return undefined;
  if (target === ROOT) return knowsRoot(file) ? undefined : 'only the entries may know edge.ts';
  if (other === part) return undefined;
  if (file.startsWith('emulator/') && CONTRACTS.has(target)) return undefined;
  if (other === 'agents' || other === 'origins') {
    if (!KNOW_OTHER_PROCESSES.has(file))
      return 'only cli.ts, library/connect.ts and scenario/stage/ may know agents/ and origins/';
    return found.lazy || found.typeOnly ? undefined : 'agents/ and origins/ are loaded lazily, by import()';
  }
  if (part === undefined) return undefined;
  if (other === undefined) return `${part} may not import what lies above the folders`;
  return ARROWS[part]?.includes(other) ? undefined : `there is no arrow from ${part} to ${other}`;
}

function whyNotOutside(part: string | undefined, found: Import): string | undefined {
  const allowed = part === undefined ? undefined : PURE[part];
  if (!allowed || found.typeOnly || allowed.includes(found.module)) return undefined;
  return `${part} does no I/O; it may import ${allowed.length === 0 ? 'nothing' : allowed.join(', ')} from outside`;
}

const project = join(dirname(fileURLToPath(import.meta.url)), '..');

function sources(): string[] {
  return ['runtime', 'protocol', 'emulator', 'agents', 'origins']
    .flatMap((folder) => readdirSync(join(project, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(project, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((file) => file.endsWith('.ts') && !/\.(?:test|fixture)\.ts$/.test(file));
}

describe('the folders', () => {
  test('import each other only along the arrows', () => {
    const files = sources();
    // That the search finds anything at all.
    expect(files).toContain('emulator/steering/steer.ts');
    expect(files.flatMap((file) => violations(file, readFileSync(join(project, file), 'utf8')))).toEqual([]);
  });

  test('the arrows go one way', () => {
    const visit = (part: string, path: readonly string[]): void => {
      expect(path, [...path, part].join(' -> ')).not.toContain(part);
      for (const next of ARROWS[part] ?? []) visit(next, [...path, part]);
    };
    for (const part of Object.keys(ARROWS)) visit(part, []);
  });
});

describe('a broken arrow is found', () => {
  test.each([
    [
      'emulator/steering/steer.ts',
      "import { open } from '../reach/reach.js';",
      'no arrow from emulator/steering to emulator/reach',
    ],
    ['emulator/reach/reach.ts', "import { forward } from '../forward/forward.js';", 'no arrow from emulator/reach'],
    ['emulator/forward/forward.ts', "import {\n  a,\n  type B,\n} from '../ingress/ingress.js';", 'no arrow'],
    ['emulator/state/state.ts', "export * from '../config/load.js';", 'no arrow'],
    ['emulator/control/control.ts', "const edge = await import('../edge.js');", 'only the entries'],
    ['emulator/geo/geography.ts', "import '../state/state.js';", 'no arrow'],
    ['emulator/geo/geography.ts', "import type { Route } from '../state/state.js';", 'no arrow'],
    ['emulator/observe/log.ts', "import { settings } from '../settings.js';", 'what lies above the folders'],
    ['emulator/steering/policies/off.ts', "import { readFileSync } from 'node:fs';", 'does no I/O'],
    ['emulator/steering/steer.ts', "import { fetch } from 'undici';", 'does no I/O'],
    ['protocol/frames.ts', "import WebSocket, { type Data } from 'ws';", 'does no I/O'],
    ['protocol/frames.ts', "import { route } from '../emulator/network/routes.js';", 'no arrow'],
    ['agents/agent.ts', "import { steer } from '../emulator/steering/steer.js';", 'no arrow'],
    ['agents/agent.ts', "import type { Pool } from '../emulator/state/objects.js';", 'no arrow'],
    ['origins/main.ts', "import { connect } from '../agents/agent.js';", 'only cli.ts, library/connect.ts'],
    ['runtime/clock.ts', "import { frame } from '../protocol/frames.js';", 'no arrow'],
    ['emulator/cli.ts', "import { runAgent } from '../agents/agent.js';", 'loaded lazily'],
    ['emulator/edge.ts', "const { runAgent } = await import('../agents/agent.js');", 'only cli.ts, library/connect.ts'],
    [
      'emulator/commands/agent.ts',
      "const { runAgent } = await import('../../agents/agent.js');",
      'only cli.ts, library/connect.ts',
    ],
    ['emulator/observe/log.ts', "import { up } from '../commands/up.js';", 'what lies above the folders'],
    ['emulator/unheard-of/thing.ts', '', 'no line in ARROWS'],
  ])('%s: %j', (file, source, expected) => {
    expect(violations(file, `/** import { x } from './comment.js'; */\n${source}\n`)).toEqual([
      expect.stringContaining(expected),
    ]);
  });
});

describe('what the arrows allow is allowed', () => {
  test.each([
    ['emulator/ingress/http1.ts', "import { forward } from '../forward/forward.js';"],
    ['emulator/health/probe.ts', "import { open } from '../reach/reach.js';"],
    ['emulator/observe/journal.ts', "import type { Reason } from '../steering/steering.types.js';"],
    ['emulator/forward/forward.ts', "import { FailureError } from '../tunnel/connection.js';"],
    ['emulator/steering/policies/off.ts', "import type { SteeringContext } from '../context.js';"],
    [
      'emulator/steering/steer.ts',
      "import type { Socket } from 'node:net';\nimport { type Duplex, type Readable } from 'node:stream';",
    ],
    ['emulator/main.ts', "import { run } from './cli.js';"],
    ['emulator/index.ts', "import { createEdge } from './edge.js';"],
    [
      'emulator/library/connect.ts',
      "import type { Edge } from '../edge.js';\nimport type { Agent } from '../../agents/agent.js';",
    ],
    [
      'emulator/cli.ts',
      "const { runAgent } = await import('../agents/agent.js');\ntype A = typeof import('../agents/agent.js');",
    ],
    ['emulator/edge.ts', "import { createState } from './state/state.js';\nimport Fastify from 'fastify';"],
    ['emulator/commands/up.ts', "const { startEdge } = await import('../edge.js');"],
    ['agents/version.ts', "import packageJson from '../package.json' with { type: 'json' };"],
    ['agents/agent.ts', "import { readFile } from 'node:fs/promises';\nimport { frame } from '../protocol/frames.js';"],
    ['runtime/ids.ts', "// import { x } from '../emulator/edge.js';\nimport { createHash } from 'node:crypto';"],
  ])('%s: %j', (file, source) => {
    expect(importsOf(source).length).toBeGreaterThan(0);
    expect(violations(file, source)).toEqual([]);
  });
});
