import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';

/** Libraries whose types show through our public ones, e.g. the configuration's shape, which is inferred from its schema. */
const INLINED = ['zod'];

/**
 * Writes the library's declarations as one file that needs no types but those of Node, since the package
 * brings no other package with it: `index.d.cts`, and `index.d.ts` which re-exports it, so that a class is
 * the same type however it was imported. And `vitest.d.ts`, which needs those and vitest's.
 *
 * @throws when the public types mention a library that is not inlined
 */
export async function emitTypes(root: string, outdir: string): Promise<void> {
  // Inside the project, so that imports of libraries resolve.
  const declarations = mkdtempSync(join(outdir, '.types-'));
  try {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const args = [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', declarations];
    const run = spawnSync(process.execPath, args, { stdio: 'inherit' });
    if (run.status !== 0) throw new Error('the library does not compile: see above');

    const bundle = await rollup({
      input: join(declarations, 'emulator/index.d.ts'),
      external: (id) => id.startsWith('node:'),
      plugins: [dts({ includeExternal: INLINED, tsconfig: join(root, 'tsconfig.build.json') })],
      // What is not resolved is either dropped, being private, or found below.
      onwarn: () => undefined,
    });
    const { output } = await bundle.generate({ format: 'es' });
    await bundle.close();
    const foreign = output[0].imports.filter((id) => !id.startsWith('node:'));
    if (foreign.length > 0) {
      throw new Error(
        `the public types mention ${foreign.join(', ')}, which users do not have\n  say it with a type of our own, or inline the library in scripts/types.ts`,
      );
    }
    writeFileSync(join(outdir, 'index.d.cts'), output[0].code);
    writeFileSync(join(outdir, 'index.d.ts'), "export * from './index.cjs';\n");

    const entry = await rollup({
      input: join(declarations, 'emulator/vitest.d.ts'),
      // Types of the library are the library's, not copies of them.
      external: (id) => id === 'vitest' || id.endsWith('/index.js'),
      plugins: [dts({ tsconfig: join(root, 'tsconfig.build.json') })],
    });
    const { output: ofVitest } = await entry.generate({
      format: 'es',
      paths: (id) => (id === 'vitest' ? id : './index.cjs'),
    });
    await entry.close();
    writeFileSync(join(outdir, 'vitest.d.ts'), ofVitest[0].code);
  } finally {
    rmSync(declarations, { recursive: true, force: true });
  }
}
