import { expect, test } from 'vitest';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { Heartbeat } from './heartbeat.js';

function start() {
  const time = new ManualDeadlines();
  const seen: string[] = [];
  const heartbeat: Heartbeat = new Heartbeat(
    time,
    () => seen.push(`ping ${time.now()}`),
    () => seen.push(`dead ${time.now()}`),
  );
  return { time, seen, heartbeat };
}

test('pings every 15 seconds for as long as something comes back', () => {
  const { time, seen, heartbeat } = start();
  for (let round = 0; round < 3; round++) {
    time.elapse(15_000);
    heartbeat.heard();
  }
  expect(seen).toEqual(['ping 15000', 'ping 30000', 'ping 45000']);
});

test('10 seconds of silence after a ping are the end', () => {
  const { time, seen } = start();
  time.elapse(24_999);
  expect(seen).toEqual(['ping 15000']);
  time.elapse(60_000);
  expect(seen).toEqual(['ping 15000', 'dead 25000']);
});

test('leaves nothing behind when it is stopped', () => {
  const { time, heartbeat } = start();
  heartbeat.stop();
  expect(time.size).toBe(0);
});
