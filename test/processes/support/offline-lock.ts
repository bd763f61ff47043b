import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './program.js';
import { PROJECT } from './project.js';

type Entry = Readonly<Record<string, unknown>> & {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};

/**
 * The package-lock.json of somebody who has the packed package, and nothing else, installed: what it depends on in
 * the versions that this project has. With the digests in it npm takes them from its own store, where installing the
 * project has put them, and asks no registry.
 */
export async function offlineLock(tarball: string): Promise<string> {
  const registry = (await run(['npm', 'config', 'get', 'registry'], PROJECT)).trim().replace(/\/$/, '');
  const { name, version, bin, dependencies } = readJson('package.json') as Entry & { name: string; bin: unknown };
  const known = (readJson('package-lock.json') as { packages: Readonly<Record<string, Entry>> }).packages;
  const packages: Record<string, Entry> = {
    '': { dependencies: { [name]: `file:${tarball}` } },
    [`node_modules/${name}`]: { version, resolved: `file:${tarball}`, bin, dependencies } as Entry,
  };
  const wanted = Object.keys(dependencies ?? {});
  for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
    const place = `node_modules/${next}`;
    const entry = known[place];
    if (!entry || packages[place]) continue;
    const file = `${next.split('/').at(-1)}-${entry.version}.tgz`;
    packages[place] = { ...entry, resolved: `${registry}/${next}/-/${file}` };
    wanted.push(...Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }));
  }
  return JSON.stringify({ lockfileVersion: 3, requires: true, packages });
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(join(PROJECT, file), 'utf8'));
}
