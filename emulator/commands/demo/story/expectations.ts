import type { Expectation, Facts, Step } from './step.types.js';
import { sum, type Tally } from './tally.js';

/** All that is expected of a step: that it has its effect, and what the plot adds. */
export function expectationsOf({ effect, expects }: Pick<Step, 'effect' | 'expects'>): readonly Expectation[] {
  return effect ? [comesAbout(effect.says), ...expects] : expects;
}

function comesAbout(says: string): Expectation {
  return { says, unmet: ({ took }) => (took === undefined ? 'that was not seen in time' : undefined) };
}

export const noneLost: Expectation = {
  says: 'no request is lost',
  unmet: (facts) => {
    const all = whole(facts);
    return lostOf(all) === 0 ? undefined : describeLost(all);
  },
};

export const noRetryableLost: Expectation = {
  says: 'no retryable request is lost',
  unmet: (facts) => {
    const all = whole(facts);
    return all.lost.retryable === 0 ? undefined : describeLost(all);
  },
};

export const noneLostAfterwards: Expectation = {
  says: 'no request is lost from then on',
  unmet: ({ after }) => (lostOf(after) === 0 ? undefined : describeLost(after)),
};

/** From its effect on, every answer comes from this origin. */
export function answeredBy(origin: string): Expectation {
  return {
    says: `${origin} answers`,
    unmet: ({ after: { answered } }) => {
      const others = [...answered].filter(([name]) => name !== origin);
      if (others.length > 0) return others.map(([name, count]) => `${name} answered ${count}`).join(', ');
      return answered.has(origin) ? undefined : `it answered none`;
    },
  };
}

/** At the end the tunnel has this many connections that take requests, and some in the data center, or none there. */
export function connectionsEnd(tunnel: string, where: { all: number; some?: string; none?: string }): Expectation {
  const { all, some, none } = where;
  return {
    says: `${all} connections take requests at the end, ${some === undefined ? `none in ${none}` : `some in ${some}`}`,
    unmet: ({ tunnels }) => {
      const ends = (tunnels.find(({ name }) => name === tunnel)?.connections ?? [])
        .filter(({ accepting }) => accepting)
        .map(({ data_center }) => data_center);
      const met =
        ends.length === all &&
        (none === undefined || !ends.includes(none)) &&
        (some === undefined || ends.includes(some));
      return met ? undefined : `they end in: ${ends.join(', ') || 'none'}`;
    },
  };
}

/** What did not go as told: each expectation with what happened instead. */
export function unmetOf(step: Pick<Step, 'effect' | 'expects'>, facts: Facts): string[] {
  return expectationsOf(step).flatMap((expectation) => {
    const unmet = expectation.unmet(facts);
    return unmet === undefined ? [] : [`expected that ${expectation.says}, but: ${unmet}`];
  });
}

function whole({ during, after }: Facts): Tally {
  return sum([during, after]);
}

function lostOf({ lost }: Tally): number {
  return lost.retryable + lost.other;
}

function describeLost({ lost, sent, ways }: Tally): string {
  const how = Array.from(ways, ([way, count]) => `${count} ended with ${way}`).join(', ');
  return `lost ${lost.retryable} retryable and ${lost.other} not retryable of ${sent}: ${how}`;
}
