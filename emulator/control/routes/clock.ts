import * as z from 'zod';
import { parseSpan } from '../../../runtime/clock.js';
import type { App, RouteDeps } from '../api.js';
import { spanInvalid } from '../errors.js';
import { errorSchema, instant, instantSchema } from '../schemas.js';

/** A longer leap would run millions of scheduled probes before it answers. */
const LONGEST = { text: '31d', milliseconds: 31 * 24 * 60 * 60 * 1_000 };
/** The answer names no more than this much of what ran; `ran_count` has the whole number. */
const MAX_LISTED = 1_000;

export function clockRoutes(app: App, deps: RouteDeps): void {
  app.get(
    '/colocal/v1/clock',
    {
      schema: {
        summary: 'The model clock',
        response: { 200: z.object({ mode: z.enum(['real', 'scaled', 'manual']), now: instantSchema }) },
      },
    },
    async () => ({ mode: deps.clock.mode, now: instant(deps.clock.now()) }),
  );

  app.post(
    '/colocal/v1/clock/advance',
    {
      schema: {
        summary: 'Let model time pass (manual clock) and run what falls due',
        body: z.strictObject({
          by: z.string().describe(`A number and a unit (ms, s, m, h, d), at most ${LONGEST.text}, e.g. "10m".`),
        }),
        response: {
          200: z.object({
            from: instantSchema,
            to: instantSchema,
            ran: z.array(z.object({ at: instantSchema, what: z.string() })).describe('What fell due, in order.'),
            ran_count: z.int(),
            settled: z.boolean().describe('False when some work was still busy when it was given up on.'),
          }),
          400: errorSchema,
          409: errorSchema,
        },
      },
    },
    async (request) => {
      const { by } = request.body;
      const span = parseSpan(by);
      if (span === undefined || span > LONGEST.milliseconds) throw spanInvalid({ by, longest: LONGEST.text });
      const { from, to, ran, settled } = await deps.clock.advance(span);
      return {
        from: instant(from),
        to: instant(to),
        ran: ran.slice(0, MAX_LISTED).map(({ at, what }) => ({ at: instant(at), what })),
        ran_count: ran.length,
        settled,
      };
    },
  );
}
