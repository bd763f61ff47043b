/**
 * Makes dist/: what the package ships. `--bundle-only` leaves the type declarations out, which is all that
 * running needs.
 *
 *   dist/main.cjs      the command
 *   dist/index.cjs     the library
 *   dist/chunk-*.cjs   what the two share, and what they load on first use
 *   dist/re2js.cjs     the engine of regular expressions, which is required on first use
 *   dist/index.js      the library for `import`: a wrapper, so that both ways share one instance
 *   dist/vitest.js     `colocal/vitest`, an ES module as vitest is, around dist/vitest-kit.cjs
 *   dist/THIRD-PARTY-LICENSES.txt
 *   dist/index.d.cts   the library's declarations, and dist/index.d.ts which re-exports them; dist/vitest.d.ts
 *
 * docs/decisions/one-bundle.md says why.
 */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { bundle } from './bundle.js';
import { licensesOf } from './licenses.js';
import { emitTypes } from './types.js';

/** A process started from an earlier build may still load its chunks, so only those that are this old go. */
const STALE_MS = 60 * 60 * 1000;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');

const bundled = await bundle({
  entries: {
    main: join(root, 'emulator/main.ts'),
    index: join(root, 'emulator/index.ts'),
    'vitest-kit': join(root, 'emulator/library/vitest/kit.ts'),
    re2js: fileURLToPath(import.meta.resolve('re2js')),
  },
  outdir: dist,
  executables: ['main'],
});
removeStaleChunks(new Set(bundled.files));
writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), licensesOf(bundled.inputs));
writeFileSync(join(dist, 'index.js'), esmWrapper(join(dist, 'index.cjs')));
writeFileSync(join(dist, 'vitest.js'), vitestEntry());
if (!process.argv.includes('--bundle-only')) await emitTypes(root, dist);

function removeStaleChunks(current: ReadonlySet<string>): void {
  // A package is made of this build alone.
  const oldest = process.env.npm_lifecycle_event === 'prepack' ? Number.POSITIVE_INFINITY : Date.now() - STALE_MS;
  for (const name of readdirSync(dist)) {
    if (!name.startsWith('chunk-') || current.has(name)) continue;
    if (statSync(join(dist, name)).mtimeMs < oldest) rmSync(join(dist, name), { force: true });
  }
}

/** vitest is the user's own, and only ES modules may import it: the entry stays as it is, around what is bundled. */
function vitestEntry(): string {
  const source = readFileSync(join(root, 'emulator/vitest.ts'), 'utf8');
  return transformSync(source, { loader: 'ts', format: 'esm', target: 'node20.19' }).code.replace(
    './library/vitest/kit.js',
    './vitest-kit.cjs',
  );
}

/** The names come from the bundle itself, so that the wrapper cannot fall behind it. */
function esmWrapper(bundled: string): string {
  const names = Object.keys(createRequire(import.meta.url)(bundled) as object).sort();
  if (names.length === 0) throw new Error('emulator/index.ts exports nothing');
  return `import library from './index.cjs';\n\nexport const { ${names.join(', ')} } = library;\n`;
}
