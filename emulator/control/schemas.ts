import * as z from 'zod';

/** Every error of the control API. */
export const errorSchema = z
  .object({
    error: z.object({
      code: z.string().describe('Stable, upper case.'),
      message: z.string().describe('What happened and why.'),
      fix: z.string().describe('What to do about it.'),
    }),
  })
  .describe('An error');

/** One step of a decision (emulator/steering/steering.types.ts). */
export const reasonSchema = z.object({
  step: z.string(),
  subject: z.string().optional(),
  outcome: z.string(),
  detail: z.string(),
});

/** Model time as ISO 8601. */
export const instantSchema = z.iso.datetime();

export function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
