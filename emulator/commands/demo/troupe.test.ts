import { describe, expect, test } from 'vitest';
import { ManualDeadlines } from '../../../runtime/deadlines.js';
import type { Role } from './cast.js';
import type { Child, Exit } from './child.js';
import { Troupe } from './troupe.js';

const never = new Promise<never>(() => undefined);
const edge: Role = { name: 'edge', what: '', args: [] };
const origin: Role = { name: 'origin', what: '', args: [] };

/** Processes that end when they are told to, by a test or by the troupe. */
function troupe(stopped: Promise<unknown> = never) {
  const deadlines = new ManualDeadlines();
  const ends = new Map<string, (how: string) => void>();
  const startRole = ({ name }: Role): Child => {
    let end: (exit: Exit) => void = () => undefined;
    const exited = new Promise<Exit>((resolve) => {
      end = resolve;
    });
    ends.set(name, (how) => end({ how, output: ['last words'] }));
    const kill = (signal: NodeJS.Signals): Promise<Exit> => {
      end({ how: signal, output: [] });
      return exited;
    };
    return { name, pid: 1, ready: Promise.resolve({}), exited, kill, stop: async () => void (await kill('SIGTERM')) };
  };
  return { deadlines, ends, troupe: new Troupe({ deadlines, stopped, startRole }) };
}

describe('the processes of a demonstration', () => {
  test('one that ends by itself is missed, by its name', async () => {
    const { troupe: playing, ends } = troupe();
    playing.start(edge);
    const during = playing.during(never);
    ends.get('edge')?.('exit code 3');
    await expect(during).rejects.toMatchObject({
      code: 'DEMO_PROCESS_ENDED',
      message: 'edge ended (exit code 3)',
      fix: expect.stringContaining('last words'),
    });
  });

  test('so is one that was started again', async () => {
    const { troupe: playing, ends } = troupe();
    playing.start(origin);
    await playing.end(origin, 'SIGKILL');
    const during = playing.during(never);
    playing.start(origin);
    ends.get('origin')?.('exit code 1');
    await expect(during).rejects.toMatchObject({ code: 'DEMO_PROCESS_ENDED' });
  });

  test('one that is ended on purpose is not', async () => {
    const { troupe: playing } = troupe();
    playing.start(edge);
    playing.start(origin);
    expect(await playing.during(playing.end(origin, 'SIGKILL'))).toBe(true);
    await playing.stop();
    expect(await playing.during(Promise.resolve())).toBe(true);
  });

  test('that one is gone explains what failed for want of it', async () => {
    const { troupe: playing, ends } = troupe();
    playing.start(edge);
    const during = playing.during(Promise.reject(new Error('connection refused')));
    ends.get('edge')?.('SIGKILL');
    await expect(during).rejects.toMatchObject({ message: 'edge ended (SIGKILL)' });
  });

  test('what fails with all of them there is told as it is', async () => {
    const { troupe: playing, deadlines } = troupe();
    playing.start(edge);
    const during = playing.during(Promise.reject(new Error('a defect')));
    while (deadlines.size === 0) await Promise.resolve();
    deadlines.elapse(1_000);
    await expect(during).rejects.toThrow('a defect');
  });

  test('whoever asks to stop is heard', async () => {
    expect(await troupe(Promise.resolve('SIGINT')).troupe.during(never)).toBe(false);
  });

  test('what takes a minute is given up, with what is missing', async () => {
    const { troupe: playing, deadlines } = troupe();
    const until = playing.until(never, () => ['tunnel tokyo: 1 of 2 connectors with all connections']);
    deadlines.elapse(60_000);
    while (deadlines.size === 0) await Promise.resolve();
    deadlines.elapse(1_000);
    await expect(until).rejects.toMatchObject({
      code: 'DEMO_NOT_READY',
      message: 'the demo is not ready after 60 seconds; tunnel tokyo: 1 of 2 connectors with all connections',
    });
  });
});
