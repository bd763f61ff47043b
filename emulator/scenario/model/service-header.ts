/**
 * How the origins of a scenario tell the edge's model, behind which they stand, what an answer would have taken:
 * `NAME;MILLISECONDS`, or `NAME;never`. It never reaches a client.
 */
export const SERVICE_HEADER = 'colocal-model';

export interface Service {
  readonly origin: string;
  /** Milliseconds; Infinity: no answer would ever come. */
  readonly takes: number;
}

export function serviceText({ origin, takes }: Service): string {
  return `${origin};${takes === Number.POSITIVE_INFINITY ? 'never' : takes}`;
}

/** What the headers of an answer say, and all the others; flat lists. */
export function takeService(headers: readonly string[]): {
  readonly service?: Service;
  readonly rest: readonly string[];
} {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    if ((headers[i] as string).toLowerCase() !== SERVICE_HEADER) continue;
    const [origin = '', takes = '0'] = (headers[i + 1] as string).split(';');
    const service = { origin, takes: takes === 'never' ? Number.POSITIVE_INFINITY : Number(takes) };
    return { service, rest: [...headers.slice(0, i), ...headers.slice(i + 2)] };
  }
  return { rest: headers };
}
