import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createState } from '../state/state.js';
import type { AccountState } from '../state/state.types.js';
import { createApi } from './api.js';
import type { ApiDeps } from './api.types.js';

export const ACCOUNT_ID = '0'.repeat(31).concat('1');
export const TOKEN = 'an-api-token-of-forty-characters-and-more';

export interface Served {
  readonly state: AccountState;
  /** What was written to the log, each line with its level. */
  readonly logged: readonly string[];
  request(
    path: string,
    init?: RequestInit,
  ): Promise<{ readonly status: number; readonly retry: string | null; readonly body: Record<string, unknown> }>;
}

/** The v4 API by itself: an account in memory, and nothing that is live. */
export async function useBareApi(given: Partial<Pick<ApiDeps, 'durable'>> = {}): Promise<Served> {
  const state = createState({
    clock: { now: () => 0 },
    account: { id: ACCOUNT_ID, name: 'test', api_token: TOKEN },
  });
  const logged: string[] = [];
  const log: ApiDeps['log'] = {
    warn: (_fields, message) => void logged.push(`warn ${message}`),
    error: (_fields, message) => void logged.push(`error ${message}`),
  };
  const api = await createApi({
    state,
    durable: async () => undefined,
    now: () => 0,
    log,
    connections: () => [],
    tunnelStatus: () => 'inactive',
    pendingReconnects: () => [],
    ...given,
  } as unknown as ApiDeps);
  const server = createServer((request, response) => api.route(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await api.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    state,
    logged,
    async request(path, { headers, ...init } = {}) {
      const response = await fetch(`http://127.0.0.1:${port}/client/v4${path}`, {
        ...init,
        headers: { authorization: `Bearer ${TOKEN}`, ...(headers as Record<string, string>) },
      });
      return {
        status: response.status,
        retry: response.headers.get('x-should-retry'),
        body: (await response.json()) as Record<string, unknown>,
      };
    },
  };
}
