import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineError } from '../../../runtime/errors.js';

const exampleMissing = defineError<{ file: string; searched: string }>('DEMO_FILE_MISSING', {
  message: (d) => `${d.file} is not in ${d.searched} nor above it`,
  fix: () => 'install colocal again: the example belongs to the package',
});

/** The configuration of one of the package's examples: its folder is above this file, wherever that was bundled to. */
export function findExample(name: string): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    const file = join(folder, 'examples', name, 'colocal.yaml');
    if (existsSync(file)) return file;
    if (dirname(folder) === folder) throw exampleMissing({ file: `examples/${name}/colocal.yaml`, searched: start });
  }
}
