import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

const ORIGIN = ['--import', 'tsx', 'emulator/main.ts', 'origin', '--name', 'orphan', '--listen', '127.0.0.1:0'];
/** Starts an origin over an IPC channel, as the demo does, and passes its readiness on. */
const PARENT = `
  const { spawn } = require('node:child_process');
  const child = spawn(process.execPath, ${JSON.stringify(ORIGIN)}, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.on('message', (message) => console.log('child is ready at ' + message.ready.url));
`;

test('a command that was started over IPC ends when its parent is killed', async () => {
  const parent = spawn(process.execPath, ['-e', PARENT], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  parent.stdout.setEncoding('utf8');
  while (!output.includes('child is ready at http://127.0.0.1:')) output += (await once(parent.stdout, 'data'))[0];
  expect(output).toContain('origin orphan listens on http://127.0.0.1:');
  // The origin holds the other end of this pipe too, so it closes only when both are gone.
  const bothGone = once(parent, 'close');
  parent.kill('SIGKILL');
  await bothGone;
});
