import { createRng } from '../../runtime/rng.js';
import { createGeography } from '../geo/geography.js';
import type { OpenPath } from '../reach/path.js';
import type { Opened, OpenOptions } from '../reach/reach.js';
import type { Fault } from '../state/fault.types.js';
import { type FaultInput, faultSchema } from '../state/schemas/fault.js';
import type { AccountSnapshot } from '../state/state.types.js';
import type { HttpFacts } from '../steering/steering.types.js';
import type { Connection, ResponseHandler } from '../tunnel/connection.js';
import type { ActiveFault, Opening } from './fault.types.js';

/** A fault as the state keeps it. */
export function fault(input: FaultInput): Fault {
  return { ...faultSchema.parse(input), id: input.name, managed_by: 'api', created_on: 0, modified_on: 0 } as Fault;
}

export function active(input: FaultInput, seed: number | string = 1): ActiveFault {
  return { fault: fault(input), rng: createRng(seed), links: new Map() };
}

/** An account with the pool `web` and the tunnels `app` and `gateway`. */
export const ACCOUNT = {
  pools: new Map([['pool-id', { id: 'pool-id', name: 'web' }]]),
  tunnels: new Map([
    ['app-id', { id: 'app-id', name: 'app' }],
    ['gateway-id', { id: 'gateway-id', name: 'gateway' }],
  ]),
} as unknown as AccountSnapshot;

const GEOGRAPHY = createGeography(['NRT', 'LHR']);

export interface OpeningParts {
  readonly path?: Partial<Extract<OpenPath, { kind: 'tunnel' }>> | { readonly kind: 'public' };
  /** null: it is the edge's own doing, such as a probe. */
  readonly facts?: Partial<HttpFacts> | null;
  readonly connector?: string;
  /** Where the connection ends. Default LHR. */
  readonly dataCenter?: string;
  readonly opened?: Opened;
  readonly seed?: number;
}

/** The way to the endpoint `web-a` of the pool `web` being opened in Tokyo, through the tunnel `app`. */
export function opening(parts: OpeningParts = {}): Opening {
  const { path, facts = {}, connector, dataCenter = 'LHR', opened, seed = 1 } = parts;
  const from = GEOGRAPHY.default;
  const options: OpenOptions = {
    from,
    tried: [],
    rng: createRng(seed),
    serverName: '',
    verify: false,
    ...(facts === null
      ? {}
      : {
          facts: {
            kind: 'http',
            host: 'app.example.com',
            method: 'GET',
            scheme: 'http',
            path: '/orders?page=2',
            headers: ['X-Customer', 'blue'],
            httpVersion: 'HTTP/1.1',
            dataCenter: from.code,
            region: from.region,
            dataCenterCountry: from.country,
            latitude: from.latitude,
            longitude: from.longitude,
            clientIp: '203.0.113.7',
            clientPort: 1,
            now: 0,
            ...facts,
          },
        }),
  };
  const endpoint = { name: 'web-a', pool: 'web', address: '192.0.2.1', port: 80 };
  const connection =
    connector === undefined
      ? {}
      : { connection: { id: 'connection', tunnelId: 'app-id', connectorId: connector, dataCenter } as Connection };
  return {
    opened: { ...(opened ?? nowhere), ...connection },
    path: { kind: 'tunnel', endpoint, tunnelId: 'app-id', ...path } as OpenPath,
    options,
  };
}

const nowhere: Opened = {
  request: () => ({ resume: () => undefined, abort: () => undefined }),
  switching: { by: 'edge', connect: () => Promise.reject(new Error('the origin was asked')) },
  legs: [],
};

/** Writes down what a sender is told. */
export class Recorder implements ResponseHandler {
  readonly told: string[] = [];
  /** What `data` answers. */
  flow = true;
  head(head: { readonly status: number }): void {
    this.told.push(`head ${head.status}`);
  }
  data(chunk: Buffer): boolean {
    this.told.push(`data ${chunk}`);
    return this.flow;
  }
  end(): void {
    this.told.push('end');
  }
  fail(failure: { readonly kind: string }): void {
    this.told.push(`fail ${failure.kind}`);
  }
}
