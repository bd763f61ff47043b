import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the package that a bundled file belongs to. */
const PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

/**
 * The licenses of all packages that were bundled: most ask that their text goes where their code goes.
 *
 * @param inputs paths of the bundled files
 */
export function licensesOf(inputs: readonly string[]): string {
  const folders = new Set<string>();
  for (const input of inputs) {
    const folder = PACKAGE.exec(input)?.[1];
    if (folder) folders.add(folder);
  }
  return [...folders]
    .map(describe)
    .sort((a, b) => (a < b ? -1 : 1))
    .join('\n\n');
}

function describe(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return [`${name} ${version} (${license ?? 'see below'})`, '='.repeat(72), ...texts, ''].join('\n');
}
