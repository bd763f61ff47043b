import Cloudflare from 'cloudflare';
import { expect } from 'vitest';
import type { ApiDeps } from '../../emulator/api/api.types.js';
import type { Method } from '../../emulator/api/endpoint.js';
import { servedEndpoints } from '../../emulator/api/served.js';
import type { ConfigInput, Emulator, EmulatorOptions } from '../../emulator/index.js';
import { address, useEmulator } from './emulator.js';

export const ACCOUNT_ID = '0'.repeat(31).concat('1');
export const ZONE_ID = 'a'.repeat(32);
export const API_TOKEN = 'an-api-token-of-forty-characters-and-more';

/** An answer of the v4 API, read. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly success: boolean;
  readonly errors: readonly { readonly code: number; readonly message: string; readonly [key: string]: unknown }[];
  readonly messages: readonly unknown[];
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect to be there.
  readonly result: any;
  readonly result_info?: Readonly<Record<string, number>>;
}

export interface ApiUnderTest {
  readonly emu: Emulator;
  /** `http://127.0.0.1:PORT/client/v4` */
  readonly url: string;
  /** The official SDK, with nothing changed but base URL and token. */
  readonly sdk: Cloudflare;
  /** One request as curl sends it; a body is sent as JSON. */
  call(method: Method, path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer>;
  /** Requests that the SDK and `call` have sent. */
  readonly sent: readonly string[];
}

/** Paths below the account and the zone of the configuration. */
export const account = (path: string): string => `/accounts/${ACCOUNT_ID}${path}`;
export const zone = (path: string): string => `/zones/${ZONE_ID}${path}`;

/**
 * An emulator with an account and the zone example.com, and clients of its v4 API. Every success that any of them
 * gets is held against the result that its endpoint documents.
 */
export async function useApi(config: ConfigInput = {}, options: Partial<EmulatorOptions> = {}): Promise<ApiUnderTest> {
  const emu = await useEmulator({
    ...options,
    config: {
      account: { id: ACCOUNT_ID, name: 'test', api_token: API_TOKEN },
      zones: [{ id: ZONE_ID, name: 'example.com' }],
      ...config,
    },
  });
  const url = `${address(emu, 'apiUrl')}/client/v4`;
  const sent: string[] = [];
  const checkedFetch = async (target: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(target, init);
    sent.push(`${request.method} ${new URL(request.url).pathname}`);
    const response = await fetch(request);
    await holdAgainstDocumentation(request, response.clone());
    return response;
  };
  return {
    emu,
    url,
    sent,
    sdk: new Cloudflare({ baseURL: url, apiToken: API_TOKEN, fetch: checkedFetch }),
    async call(method, path, body, headers = {}) {
      const response = await checkedFetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${API_TOKEN}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const envelope = (await response.json()) as Omit<ApiAnswer, 'status' | 'headers'>;
      return { status: response.status, headers: response.headers, ...envelope };
    },
  };
}

const SERVED = servedEndpoints({} as ApiDeps);

async function holdAgainstDocumentation(request: Request, response: Response): Promise<void> {
  expect(response.headers.get('content-type')).toBe('application/json');
  if (response.status !== 200) return;
  const { pathname } = new URL(request.url);
  const served = SERVED.find(({ endpoint, pattern }) => endpoint.method === request.method && pattern.test(pathname));
  const { result } = (await response.json()) as { result: unknown };
  const parsed = served?.endpoint.result.safeParse(result);
  expect(parsed?.error?.issues, `result of ${request.method} ${pathname}`).toBeUndefined();
}
