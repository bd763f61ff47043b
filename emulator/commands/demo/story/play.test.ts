import { describe, expect, test } from 'vitest';
import { ManualDeadlines } from '../../../../runtime/deadlines.js';
import { EventLog } from './event-log.js';
import { answeredBy, noneLost } from './expectations.js';
import { type EdgeView, EFFECT_WITHIN, play, type Theatre, WATCHED } from './play.js';
import type { Stage, Step } from './step.types.js';
import { conclude, opening } from './story.js';
import type { Result } from './tally.js';
import { Teller } from './teller.js';
import { startTraffic } from './traffic.js';

/** A setup that is not there: requests are answered at once, and acts only happen in the log. */
function theatre(answer: () => Result) {
  const deadlines = new ManualDeadlines();
  const log = new EventLog();
  const acts: string[] = [];
  const written: string[] = [];
  const stage: Stage = {
    end: async (name, signal) => {
      acts.push(`${signal} ${name}`);
    },
    startAgain: async () => undefined,
    addFault: async () => undefined,
    removeFault: async () => undefined,
  };
  const edge: EdgeView = { now: async () => deadlines.now(), tunnels: async () => [], requests: async () => [] };
  const made: Theatre = {
    stage,
    edge,
    log,
    traffic: startTraffic(async () => answer(), deadlines),
    connectors: new Map(),
    teller: new Teller({ overwrites: false, write: (text) => written.push(text) }, { steps: 2, origins: ['one'] }),
    deadlines,
  };
  return { ...made, deadlines, acts, written };
}

function step(title: string, changes: Partial<Step> = {}): Step {
  return {
    title,
    does: 'It is done.',
    act: (stage) => stage.end(title, 'SIGKILL'),
    effect: { says: 'it has happened', event: ({ since }) => since.find(({ type }) => type === title) },
    expects: [noneLost, answeredBy('one')],
    why: { events: () => true, request: () => true, steps: [] },
    ...changes,
  };
}

const good: Result = { retryable: true, status: 200, origin: 'one' };

/** Lets time pass until the story is over; each look at it lets what was resolved go on. */
async function through<T>(deadlines: ManualDeadlines, played: Promise<T>, onTick: () => void = () => undefined) {
  let ended = false;
  const end = played.finally(() => {
    ended = true;
  });
  while (!ended) {
    onTick();
    deadlines.elapse(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return end;
}

describe('the story', () => {
  test('goes from step to step; its time is from the deed to the event of its effect', async () => {
    const stage = theatre(() => good);
    const { deadlines, log, acts, written } = stage;
    const ending = await through(deadlines, play([step('first'), step('second')], stage), () => {
      const { length } = acts;
      // What an act does shows half a second later.
      if (length > log.events.length)
        log.add({ at: deadlines.now() + 500, type: length === 1 ? 'first' : 'second', message: 'it shows', data: {} });
    });
    expect(acts).toEqual(['SIGKILL first', 'SIGKILL second']);
    expect(ending.failed).toBeUndefined();
    expect(ending.total.lost).toEqual({ retryable: 0, other: 0 });
    // Every request counts, and in one step only.
    expect(ending.total.answered.get('one')).toBe(ending.total.sent);
    const text = written.join('');
    expect(text).toMatch(
      /1\/2 {2}first\n.*\n {5}requests [\s\S]*took {8}0\.\d\d s of model time\n {5}because {5}it shows/,
    );
    expect(text.match(/ as told {5}it has happened; no request is lost; one answers$/gm)).toHaveLength(2);
    expect(conclude(ending, 12).join(' ')).toMatch(/steps went as told, in 12 s/);
  });

  test('stops behind a step that does not go as told, and says which expectation failed, with numbers', async () => {
    let count = 0;
    const stage = theatre(() => (count++ % 50 === 49 ? { ...good, status: 502 } : good));
    const { deadlines, log, acts, written } = stage;
    log.add({ at: 0, type: 'first', message: '', data: {} });
    const played = play(
      [step('first', { act: async () => log.add({ at: 1, type: 'first', message: '', data: {} }) })],
      stage,
    );
    const ending = await through(deadlines, played);
    expect(acts).toEqual([]);
    expect(ending.failed).toMatchObject({ number: 1, title: 'first' });
    expect(ending.failed?.unmet).toEqual([
      expect.stringMatching(
        /^expected that no request is lost, but: lost \d+ retryable and 0 not .*: \d+ ended with 502$/,
      ),
    ]);
    expect(written.join('')).toContain('NOT SO');
    expect(() => conclude(ending, 12)).toThrow(
      expect.objectContaining({
        code: 'STORY_NOT_AS_TOLD',
        message: expect.stringMatching(/^step 1 of the story, "first", did not go as told: expected that no request/),
      }),
    );
  });

  test('a step without effect is given up, and the steps behind it are not played', async () => {
    const stage = theatre(() => good);
    const { deadlines, acts } = stage;
    const ending = await through(deadlines, play([step('first'), step('second')], stage));
    expect(acts).toEqual(['SIGKILL first']);
    expect(ending.failed?.unmet).toEqual(['expected that it has happened, but: that was not seen in time']);
    expect(deadlines.now()).toBeGreaterThanOrEqual(EFFECT_WITHIN + WATCHED);
  });
});

test('the opening fits 80 columns', () => {
  expect(opening('10.20.30').filter((line) => line.length > 80)).toEqual([]);
});
