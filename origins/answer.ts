import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Deadlines } from '../runtime/deadlines.js';
import { type ColocalError, defineError } from '../runtime/errors.js';

/** What every answer knows of its origin. */
export interface OriginContext {
  readonly name: string;
  readonly deadlines: Deadlines;
  /** The switch behind `/health`. */
  healthy: boolean;
}

/** The request's target, taken apart once. */
export interface Target {
  /** Path without the query. */
  readonly path: string;
  /** What follows the first segment, e.g. `503` of `/status/503`. */
  readonly rest: string;
  readonly query: URLSearchParams;
}

/** Answers one path. What it throws is answered as an error. */
export type Answer = (
  origin: OriginContext,
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
) => void;

export const parameterInvalid = defineError<{ name: string; value: string; least: number; most: number }>(
  'PARAMETER_INVALID',
  {
    status: 400,
    message: (d) => `${d.name} is "${d.value}", which is not a whole number from ${d.least} to ${d.most}`,
    fix: (d) => `give ${d.name} as a whole number from ${d.least} to ${d.most}`,
  },
);

export const methodWrong = defineError<{ path: string; allowed: string }>('METHOD_WRONG', {
  status: 405,
  message: (d) => `${d.path} does not answer this method`,
  fix: (d) => `send ${d.allowed}`,
});

/** Reads a number that a request gives; throws `PARAMETER_INVALID` when it is out of bounds. */
export function readNumber(name: string, value: string, least: number, most: number): number {
  const number = Number(value);
  if (!/^\d{1,15}$/.test(value) || number < least || number > most) {
    throw parameterInvalid({ name, value, least, most });
  }
  return number;
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  // Indented: it is mostly people who read it, in a terminal.
  const text = `${JSON.stringify(body, undefined, 2)}\n`;
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

export function sendError(response: ServerResponse, error: ColocalError): void {
  const { code, message, fix, status } = error;
  sendJson(response, status ?? 500, { error: { code, message, fix } });
}
