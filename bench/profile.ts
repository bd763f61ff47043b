import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { table } from './table.js';

interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** Says for each `.cpuprofile` in a folder where its time went: by source, and by function. Idle time is left out. */
export function describeProfiles(folder: string, rows = 20): string {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .sort()
    .map((name) => `${name}\n${describe(JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile, rows)}`)
    .join('\n\n');
}

function describe(profile: CpuProfile, rows: number): string {
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const sources = new Map<string, number>();
  const functions = new Map<string, number>();
  let total = 0;
  profile.samples.forEach((id, index) => {
    const frame = frames.get(id);
    const micros = profile.timeDeltas[index] ?? 0;
    if (!frame || frame.functionName === '(idle)') return;
    total += micros;
    const source = sourceOf(frame);
    add(sources, source, micros);
    add(functions, `${frame.functionName || '(anonymous)'}  ${source}`, micros);
  });
  const top = (counts: ReadonlyMap<string, number>): string =>
    table(
      [...counts]
        .sort((a, b) => b[1] - a[1])
        .slice(0, rows)
        .map(([what, micros]) => [what.slice(0, 70), `${((100 * micros) / total).toFixed(1)} %`]),
    );
  return `  busy ${(total / 1e6).toFixed(2)} s\n${top(sources)}\n\n${top(functions)}`;
}

function add(counts: Map<string, number>, key: string, value: number): void {
  counts.set(key, (counts.get(key) ?? 0) + value);
}

const maps = new Map<string, SourceMap | undefined>();

/** The source a function was written in: through the bundle's map, and a library by its name alone. */
function sourceOf(frame: CallFrame): string {
  if (!frame.url) return frame.functionName.startsWith('(') ? frame.functionName : '(native)';
  if (!frame.url.startsWith('file:')) return frame.url;
  const file = fileURLToPath(frame.url);
  if (!maps.has(file)) maps.set(file, existsSync(`${file}.map`) ? readMap(`${file}.map`) : undefined);
  const entry = maps.get(file)?.findEntry(frame.lineNumber, frame.columnNumber);
  const source = entry && 'originalSource' in entry ? entry.originalSource : file;
  const library = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source);
  return library?.[1] ?? source.replace(/^(\.\.\/)+/, '');
}

function readMap(file: string): SourceMap {
  return new SourceMap(JSON.parse(readFileSync(file, 'utf8')));
}
