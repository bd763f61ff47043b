import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, type Plugin, transform } from 'esbuild';

export interface BundleOptions {
  /** Name of an output (without its ending) to the source it starts from. */
  readonly entries: Readonly<Record<string, string>>;
  readonly outdir: string;
  /** Outputs that are commands: they get a `#!` line. */
  readonly executables: readonly string[];
}

export interface Bundled {
  /** Names of all files written. */
  readonly files: readonly string[];
  /** Paths of all sources that went into them, relative to the working directory. */
  readonly inputs: readonly string[];
}

/**
 * What is native cannot be bundled: `lmdb`, a real dependency that is loaded only with `--state`; and two optional
 * accelerators of `ws`, which tries to load them and does without.
 */
const EXTERNAL = ['lmdb', 'bufferutil', 'utf-8-validate'];

const TARGET = 'node20.19';

/** CommonJS has no import.meta. All outputs stand in one folder, so the folder is right whichever file it is. */
const IMPORT_META = {
  'import.meta.url': 'importMetaUrl',
  'import.meta.filename': '__filename',
  'import.meta.dirname': '__dirname',
};
const IMPORT_META_BANNER = "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;";
/** How esbuild ends the chunk of a CommonJS module that is behind `import()`. It gives it no other export. */
const LAZY_COMMONJS = /^export default require_\w+\(\);$/m;
/** Gives such a chunk the names that `import()` gives in Node: those of `module.exports`. The function is esbuild's. */
const NAMED_EXPORTS = '__copyProps(module.exports, module.exports.default);\n';
/** Everything but the library's own `fetch` needs little of undici: see undici-core.cjs. */
const LEAN_UNDICI: Plugin = {
  name: 'lean-undici',
  setup({ onResolve }) {
    onResolve({ filter: /^undici$/ }, ({ importer }) =>
      importer === LIBRARY ? undefined : { path: join(import.meta.dirname, 'undici-core.cjs') },
    );
  },
};
/**
 * Rules are compiled synchronously, so their engine of regular expressions cannot be behind `import()`. It is an output
 * of its own, `re2js.cjs`, which lazy-re2js.cjs reads on first use.
 */
const LAZY_RE2JS: Plugin = {
  name: 'lazy-re2js',
  setup({ onResolve }) {
    onResolve({ filter: /^re2js$/ }, ({ importer }) =>
      importer === LAZY_RE2JS_FILE ? { path: './re2js.cjs', external: true } : { path: LAZY_RE2JS_FILE },
    );
  },
};
const LAZY_RE2JS_FILE = join(import.meta.dirname, 'lazy-re2js.cjs');
const LIBRARY = join(import.meta.dirname, '..', 'emulator', 'library', 'fetch.ts');

const SHEBANG = '#!/usr/bin/env node';

/**
 * Bundles the entries with all their libraries into CommonJS files that share chunks.
 *
 * esbuild splits only ES modules, hence two steps: bundle and split as ES modules, then turn each file into
 * CommonJS. What is behind `import()` lands in chunks of its own, which are read on first use: parsing every
 * library on each start would cost more than starting the edge.
 */
export async function bundle({ entries, outdir, executables }: BundleOptions): Promise<Bundled> {
  const modules = await build({
    entryPoints: { ...entries },
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: TARGET,
    external: EXTERNAL,
    outExtension: { '.js': '.cjs' },
    chunkNames: 'chunk-[hash]',
    // Names and lines stay as they were written: stack traces are read by people.
    minify: false,
    sourcemap: 'inline',
    sourcesContent: false,
    legalComments: 'external',
    define: IMPORT_META,
    plugins: [LEAN_UNDICI, LAZY_RE2JS],
    logLevel: 'warning',
    metafile: true,
    write: false,
  });

  const files = new Map<string, string>();
  for (const output of modules.outputFiles) {
    const name = basename(output.path);
    if (!name.endsWith('.cjs')) {
      files.set(name, output.text);
      continue;
    }
    const needsShebang = executables.includes(name.replace(/\.cjs$/, '')) && !output.text.startsWith('#!');
    const script = await transform(output.text, {
      format: 'cjs',
      platform: 'node',
      target: TARGET,
      sourcemap: 'external',
      sourcesContent: false,
      sourcefile: name,
      // import() of a CommonJS file would put all of it under `default`; require() gives it as it was exported.
      supported: { 'dynamic-import': false },
      legalComments: 'inline',
      banner: needsShebang ? `${SHEBANG}\n${IMPORT_META_BANNER}` : IMPORT_META_BANNER,
    });
    const names = LAZY_COMMONJS.test(output.text) ? NAMED_EXPORTS : '';
    files.set(name, `${script.code}${names}//# sourceMappingURL=${name}.map\n`);
    files.set(`${name}.map`, script.map);
  }

  // Entries come last and every file appears whole, so that a process that starts meanwhile finds all it asks for.
  mkdirSync(outdir, { recursive: true });
  const names = [...files.keys()].sort((a, b) => Number(isEntry(a)) - Number(isEntry(b)));
  for (const name of names) {
    const unfinished = join(outdir, `.${name}.${process.pid}`);
    writeFileSync(unfinished, files.get(name) ?? '', {
      mode: executables.some((x) => name === `${x}.cjs`) ? 0o755 : 0o644,
    });
    renameSync(unfinished, join(outdir, name));
  }
  return { files: names, inputs: Object.keys(modules.metafile.inputs) };

  function isEntry(name: string): boolean {
    return Object.keys(entries).some((entry) => name === `${entry}.cjs`);
  }
}
