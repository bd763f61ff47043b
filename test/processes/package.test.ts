import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Installed, installPackage } from './support/installed.js';
import { leavesNothingBehind } from './support/left-behind.js';
import { runShell, start } from './support/program.js';
import { oneTunnel } from './support/setup.js';

leavesNothingBehind();

let installed: Installed;
beforeAll(async () => {
  installed = await installPackage();
  writeFileSync(join(installed.folder, 'colocal.yaml'), oneTunnel('hello_world'));
});
afterAll(() => installed.remove());

/** Starts an emulator and a connector, and asks for a page; `startEmulator` comes from the line before. */
const USE = `
async function use() {
  const emulator = await startEmulator({ config: 'colocal.yaml' });
  await emulator.connect({ tunnel: 'app', location: 'LHR' });
  const response = await emulator.fetch('https://app.example.com/', { colo: 'LHR' });
  console.log(response.status, response.headers.get('colocal-route'), (await response.text()).length > 0);
  await emulator.close();
}
`;

describe('the package, installed', () => {
  test.each([
    ['import', 'use.mjs', `import { startEmulator } from 'colocal';${USE}await use();`],
    ['require', 'use.cjs', `const { startEmulator } = require('colocal');${USE}use();`],
  ])('by %s: starts an edge and a connector in a test, which answer and end', async (_how, name, text) => {
    writeFileSync(join(installed.folder, name), text);
    const { code, out, err } = await start(process.execPath, [name], { cwd: installed.folder }).ended;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^200 ray="[0-9a-f]{16}-LHR", .*lb="app\.example\.com".*, egress="LHR".* true\n$/);
  });

  test('import and require share one instance: what one throws is an error of the other', async () => {
    const text = `
      import { createRequire } from 'node:module';
      import { ColocalError, startEmulator } from 'colocal';
      const required = createRequire(import.meta.url)('colocal');
      const error = await required.startEmulator({ config: 'no-such.yaml' }).catch((thrown) => thrown);
      console.log(required.startEmulator === startEmulator, error instanceof ColocalError, error.code);`;
    writeFileSync(join(installed.folder, 'both.mjs'), text);
    expect(await start(process.execPath, ['both.mjs'], { cwd: installed.folder }).ended).toMatchObject({
      code: 0,
      out: 'true true CONFIG_NOT_FOUND\n',
    });
  });

  test('brings the command', async () => {
    expect(await runShell('npx colocal up --check', { cwd: installed.folder })).toMatchObject({
      code: 0,
      out: 'colocal.yaml: ok\n',
    });
  });
});
