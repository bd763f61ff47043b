import { expect, test } from 'vitest';
import { leftBehind, nothingLeft } from './left-behind.js';
import { shell } from './program.js';

test('a process that outlives the one that started it is found, until it ends', async () => {
  expect(leftBehind()).toEqual([]);
  const parent = shell('node -e "setInterval(() => {}, 1000)" >/dev/null 2>&1 & echo started $!');
  const [, pid] = await parent.out.next(/started (\d+)/);
  await parent.ended;
  expect(leftBehind().map((left) => left.pid)).toEqual([Number(pid)]);
  process.kill(Number(pid), 'SIGKILL');
  await nothingLeft();
});
