import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PLOT } from './plot.js';
import type { Step } from './step.types.js';
import { sum, Tally } from './tally.js';
import { Teller, type Told, wrap } from './teller.js';

function paper(overwrites: boolean) {
  const written: string[] = [];
  return { written, overwrites, write: (text: string) => written.push(text), text: () => written.join('') };
}

function tally(count: number, lostPosts = 0): Tally {
  const made = new Tally();
  for (let i = 0; i < count; i++) made.send()({ retryable: true, status: 200, origin: 'tokyo-app' });
  for (let i = 0; i < lostPosts; i++) made.send()({ retryable: false, status: 502, origin: undefined });
  return made;
}

const STORY = { steps: PLOT.length, origins: ['tokyo-app', 'osaka-app'] };
const killed = PLOT[1] as Step;
const [during, after] = [tally(21, 2), tally(200)];
const TOLD: Told = {
  step: killed,
  facts: { during, after, took: 41, tunnels: [] },
  why: {
    events: ['tunnel tokyo: connection 1 of connector tokyo-1 in KIX closed: it is gone (2 like this)'],
    shown: { title: 'GET /, ray 7d0c5a3e9b1f2a64-NRT, answered 200', reasons: ['replica tokyo-1 failed: it is gone'] },
    lost: { title: 'POST /, ray 7d0c5a3e9b1f2a65-NRT, answered 502', reasons: ['replica none: not sent again'] },
  },
  unmet: [],
  total: sum([tally(400), during, after]),
};

/** The control characters of a text, line feeds aside. */
const controls = (text: string): string[] => text.match(/[^\P{Cc}\n]/gu) ?? [];

describe('a step', () => {
  test('is told with numbers, time and reasons', () => {
    const out = paper(false);
    new Teller(out, STORY).begin(2, killed);
    new Teller(out, STORY).end(TOLD);
    expect(out.text()).toBe(`
2/7  A replica is killed
     kill -9 of connector tokyo-1, one of three replicas of tunnel tokyo.
     requests    223 sent; answered by tokyo-app 221 (621), osaka-app 0 (0)
     lost        0 retryable, 2 not (2 x 502) until its connections are closed;
                 0 after
     took        0.04 s of model time
     because     tunnel tokyo: connection 1 of connector tokyo-1 in KIX closed:
                 it is gone (2 like this)
     lost, e.g.  POST /, ray 7d0c5a3e9b1f2a65-NRT, answered 502
                 - replica none: not sent again
     e.g.        GET /, ray 7d0c5a3e9b1f2a64-NRT, answered 200
                 - replica tokyo-1 failed: it is gone
     as told     its connections are closed; no retryable request is lost; no
                 request is lost from then on; tokyo-app answers
`);
  });

  test('that did not go as told says what was expected and what was', () => {
    const out = paper(false);
    new Teller(out, STORY).end({ ...TOLD, unmet: ['expected that no request is lost, but: lost 2'] });
    expect(out.text()).toContain('     NOT SO      expected that no request is lost, but: lost 2\n');
    expect(out.text()).not.toContain('as told');
  });
});

test('a log has whole lines only', () => {
  const out = paper(false);
  const teller = new Teller(out, STORY);
  teller.begin(1, killed);
  teller.count(1.25, during, TOLD.total);
  teller.end(TOLD);
  expect(controls(out.text())).toEqual([]);
  expect(out.written.every((text) => text.endsWith('\n'))).toBe(true);
});

test('a terminal has a line that counts, and nothing is left of it', () => {
  const out = paper(true);
  const teller = new Teller(out, STORY);
  teller.count(1.25, during, TOLD.total);
  teller.count(1.45, sum([during, after]), TOLD.total);
  expect(out.written).toEqual([
    '\r\u001b[K     1.3 s  23 sent  tokyo-app 21 (621), osaka-app 0 (0)  lost 0 + 2',
    '\r\u001b[K     1.4 s  223 sent  tokyo-app 221 (621), osaka-app 0 (0)  lost 0 + 2',
  ]);
  teller.say(['next']);
  expect(out.written.slice(2)).toEqual(['\r\u001b[K', 'next\n']);
});

test('the line that counts never wraps', () => {
  const out = paper(true);
  const crowd = { steps: 1, origins: Array.from({ length: 20 }, (_, index) => `origin-${index}`) };
  new Teller(out, crowd).count(1, during, during);
  expect(out.text().length).toBe('\r\u001b[K'.length + 79);
});

test('whatever is wrapped fits 80 columns and loses no word', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '-'), minLength: 1, maxLength: 120 });
  fc.assert(
    fc.property(fc.array(word), (words) => {
      const lines = wrap(words.join(' '), ' '.repeat(17), 'because');
      expect(lines.every((line) => line.length <= 80)).toBe(true);
      expect(
        lines
          .map((line) => line.slice(17))
          .join('')
          .replaceAll(' ', ''),
      ).toBe(words.join(''));
    }),
  );
});
