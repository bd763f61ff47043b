import { isIP } from 'node:net';
import { Agent, buildConnector, fetch as undiciFetch } from 'undici';
import { defineError } from '../../runtime/errors.js';
import type { ListenerName } from '../config/index.js';
import type { Edge } from '../edge.js';
import { refuseUnknown } from './options.js';

export interface EmulatorFetchInit extends RequestInit {
  /** IATA code of the data center in which the request enters. */
  readonly colo?: string;
  /** Two letters (ISO 3166-1). */
  readonly country?: string;
  readonly clientIp?: string;
}

export const listenerOff = defineError<{ name: ListenerName }>('LISTENER_OFF', {
  message: (d) => `the ${d.name} listener is off`,
  fix: (d) => `leave listen.${d.name} out to get a free port`,
});

/** Ours, and what any fetch takes (WHATWG Fetch 5.4; `duplex` is required with a body that is a stream). */
const FETCH_OPTIONS = [
  ...['colo', 'country', 'clientIp'],
  ...['method', 'headers', 'body', 'redirect', 'signal', 'duplex', 'keepalive', 'integrity', 'cache', 'credentials'],
  ...['mode', 'referrer', 'referrerPolicy', 'priority', 'window'],
];

/** The dispatcher of `fetchFrom`: it comes from the same copy of undici. */
export function agentTo(edge: Edge, addressOf: (name: ListenerName) => string | undefined): Agent {
  return new Agent({ connect: connectToEdge(edge, addressOf) });
}

/** Rejects with BAD_OPTION, and with what fetch rejects with. */
export async function fetchFrom(agent: Agent, url: string | URL, init: EmulatorFetchInit): Promise<Response> {
  refuseUnknown('fetch', init, FETCH_OPTIONS, 'option');
  const { colo, country, clientIp, ...rest } = init;
  const headers = new Headers(rest.headers);
  if (colo !== undefined) headers.set('Colocal-Colo', colo);
  if (country !== undefined) headers.set('Colocal-Country', country);
  if (clientIp !== undefined) headers.set('Colocal-Client-IP', clientIp);
  // The dispatcher decides where names lead, and the global fetch would take it only from its own version of undici.
  const request = { ...rest, headers: [...headers], dispatcher: agent };
  return undiciFetch(url, request as unknown as Parameters<typeof undiciFetch>[1]) as unknown as Promise<Response>;
}

/** Whatever name is asked for, the connection goes to this edge's listener of that scheme. */
function connectToEdge(edge: Edge, addressOf: (name: ListenerName) => string | undefined): buildConnector.connector {
  const plain = buildConnector({});
  let secure: Promise<buildConnector.connector> | undefined;
  return (options, done) => {
    const name = options.protocol === 'https:' ? 'https' : 'http';
    const address = addressOf(name);
    if (address === undefined) {
      done(listenerOff({ name }), null);
      return;
    }
    const { hostname, port, host } = new URL(address);
    const to = { ...options, hostname: hostname.replace(/^\[|\]$/g, ''), port, host };
    if (name === 'http') {
      plain(to, done);
      return;
    }
    secure ??= edge.caPem().then((ca) => buildConnector({ ca }));
    const servername = isIP(options.hostname) ? undefined : options.hostname;
    secure.then(
      (connector) => connector({ ...to, ...(servername === undefined ? {} : { servername }) }, done),
      (error: Error) => done(error, null),
    );
  };
}
