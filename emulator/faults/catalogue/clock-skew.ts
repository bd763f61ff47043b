import { parseSpan } from '../../../runtime/clock.js';
import type { ClockSkew } from '../../state/fault.types.js';
import { changingHeads } from '../effects/changed-heads.js';
import type { FaultDefinition } from '../fault.types.js';

/**
 * A connector whose machine has the wrong time. Nothing that connectors say carries a time of theirs; what shows it is
 * the Date of answers, because the service stands beside its connector and has the same clock. An answer without a Date
 * stays without one.
 */
export const clockSkew: FaultDefinition<ClockSkew> = {
  drawn: 'each',
  way: ({ by }) => {
    const milliseconds = (parseSpan(by.slice(1)) ?? 0) * (by.startsWith('-') ? -1 : 1);
    return {
      replaces: 'nothing',
      detail: `the clock beside the connector is off by ${by}, which the Date of the answer shows`,
      concerns: ({ opened }) => opened.connection !== undefined,
      dataCenter: 'egress',
      strike: (opened) =>
        changingHeads(opened, (head) => ({ ...head, headers: withOtherDate(head.headers, milliseconds) })),
    };
  },
};

function withOtherDate(headers: readonly string[], by: number): readonly string[] {
  return headers.map((value, i) => {
    if (i % 2 === 0 || (headers[i - 1] as string).toLowerCase() !== 'date') return value;
    const time = Date.parse(value);
    return Number.isNaN(time) ? value : new Date(time + by).toUTCString();
  });
}
