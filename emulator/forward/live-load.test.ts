import { describe, expect, test } from 'vitest';
import { LiveLoad } from './live-load.js';

const counts = (live: LiveLoad, ...at: [string, string?]) => [live.outstanding(...at), live.openConnections(...at)];

// docs/reference/load-balancing.md 3.4, 4.
describe('what is in hand', () => {
  test('is counted for the pool and for the endpoint', () => {
    const live = new LiveLoad();
    live.begin('p', 'a');
    live.begin('p', 'b');
    live.begin('q', 'a');
    expect(counts(live, 'p')).toEqual([2, 2]);
    expect(counts(live, 'p', 'a')).toEqual([1, 1]);
    expect(counts(live, 'q', 'a')).toEqual([1, 1]);
    expect(counts(live, 'p', 'c')).toEqual([0, 0]);
    expect(counts(live, 'nobody', 'a')).toEqual([0, 0]);
  });

  test('is outstanding until the head of its response, and a connection until its end', () => {
    const live = new LiveLoad();
    const exchange = live.begin('p', 'a');
    exchange.answered();
    expect([counts(live, 'p'), counts(live, 'p', 'a')]).toEqual([
      [0, 1],
      [0, 1],
    ]);
    exchange.ended();
    expect([counts(live, 'p'), counts(live, 'p', 'a')]).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test('that ends without an answer is neither any more', () => {
    const live = new LiveLoad();
    live.begin('p', 'a').ended();
    expect(counts(live, 'p')).toEqual([0, 0]);
  });

  test('is given back once, however often it is said', () => {
    const live = new LiveLoad();
    live.begin('p', 'a');
    const exchange = live.begin('p', 'a');
    for (let time = 0; time < 3; time++) {
      exchange.answered();
      exchange.ended();
    }
    expect(counts(live, 'p', 'a')).toEqual([1, 1]);
  });

  test('begins at nothing after clear, whatever was in hand before', () => {
    const live = new LiveLoad();
    const before = live.begin('p', 'a');
    live.clear();
    expect(counts(live, 'p')).toEqual([0, 0]);
    live.begin('p', 'a');
    before.ended();
    expect(counts(live, 'p', 'a')).toEqual([1, 1]);
  });
});
