import type { ApiError, ErrorItem } from './errors.js';

/** What every answer looks like (docs/reference/api.md 1.1). */
export interface Envelope {
  readonly success: boolean;
  readonly errors: readonly ErrorItem[];
  /** Empty but for `tokens/verify`: cloudflared reads texts here, cloudflare-go objects. */
  readonly messages: readonly Message[];
  readonly result: unknown;
  readonly result_info?: ResultInfo;
}

export interface Message {
  readonly code: number;
  readonly message: string;
  readonly type: null;
}

/** Where a list stands among its pages (docs/reference/api.md 1.4). */
export interface ResultInfo {
  /** From 1. */
  readonly page: number;
  readonly per_page: number;
  /** Items on this page. */
  readonly count: number;
  readonly total_count: number;
  readonly total_pages: number;
}

/** What an endpoint answers with. */
export interface Answer {
  readonly result: unknown;
  readonly info?: ResultInfo;
  readonly messages?: readonly Message[];
}

export function successEnvelope({ result, info, messages = [] }: Answer): Envelope {
  return { success: true, errors: [], messages, result: result ?? null, ...(info && { result_info: info }) };
}

export function errorEnvelope(error: ApiError): Envelope {
  return { success: false, errors: error.errors, messages: [], result: null };
}
