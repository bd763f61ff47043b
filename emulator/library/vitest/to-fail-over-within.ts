import type { Emulator } from '../../index.js';
import { type FailOverOptions, watchFailOver } from '../fail-over.js';
import { isRecord } from '../options.js';
import { servedByTrace, story, textOf } from '../served-by.js';
import type { MatcherResult } from './matcher.types.js';

/** `await expect(emu).toFailOverWithin('90s', { url })`: sends requests while a manual clock passes, until another endpoint answers. */
export async function toFailOverWithin(emu: unknown, within: string, options: FailOverOptions): Promise<MatcherResult> {
  if (!isEmulator(emu)) return { pass: false, message: () => 'expected an emulator, as startEmulator gives it' };
  const { after, from, failed, sent, last } = await watchFailOver(emu, within, options);
  const { url, colo, to } = options;
  const requests = `requests for ${url}${colo === undefined ? '' : ` entering ${colo}`}`;
  const wanted = to ? textOf(to) : `another endpoint than ${textOf(from)}`;
  if (after !== undefined) {
    const message = `expected ${requests} not to be served by ${wanted} within ${within} of model time`;
    return { pass: true, message: () => `${message}\nbut after ${after / 1000} s they were${story(last)}` };
  }
  return {
    pass: false,
    message: () =>
      [
        `expected ${requests} to be served by ${wanted} within ${within} of model time`,
        `but the last of ${sent} was answered ${last?.status ?? 'by nobody'} by ${textOf(last ? servedByTrace(last) : {})}; ${failed} failed${story(last)}`,
      ].join('\n'),
  };
}

function isEmulator(value: unknown): value is Emulator {
  return isRecord(value) && typeof value.fetch === 'function' && isRecord(value.clock) && isRecord(value.requests);
}
