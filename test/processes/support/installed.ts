import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { offlineLock } from './offline-lock.js';
import { builtMain, run } from './program.js';
import { PROJECT } from './project.js';

export interface Installed {
  /** The folder of somebody who has installed the package there. */
  readonly folder: string;
  remove(): void;
}

/** Packs the package as it is built now, and installs it into an empty folder without asking any registry. */
export async function installPackage(): Promise<Installed> {
  builtMain();
  const folder = mkdtempSync(join(tmpdir(), 'colocal-installed-'));
  // Lifecycle scripts would build again, under the feet of what runs from dist/.
  const tarball = await run(['npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', folder], PROJECT);
  const file = tarball.trim();
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, dependencies: { colocal: `file:${file}` } }),
  );
  writeFileSync(join(folder, 'package-lock.json'), await offlineLock(file));
  await run(['npm', 'ci', '--offline', '--no-audit', '--no-fund', '--silent'], folder);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
