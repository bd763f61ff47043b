import { parseAddress } from '../../state/addresses.js';
import type { Desired, DesiredObject, Problem } from '../../state/state.types.js';
import type { OriginSpec } from '../schema.js';

/** Where an origin of the scenario really listens, on loopback. */
export type PortOf = (origin: string) => number;

const HTTP_PORT = 80;

/**
 * What a scenario's configuration leads to and no origin of the scenario stands behind: all that is dialled must be there,
 * so that nothing outside of the process is ever reached. Paths are those of the state.
 */
export function uncovered(desired: Desired, origins: readonly OriginSpec[]): Problem[] {
  const problems: Problem[] = [];
  for (const { kind, id, object } of desired.objects) {
    if (kind === 'pools') {
      for (const { index, code, message } of uncoveredEndpoints(object.origins, origins)) {
        problems.push({ path: [kind, id, 'origins', index, 'address'], code, message });
      }
    } else if (kind === 'configurations') {
      for (const [index, service] of servicesOf(object.config)) {
        if (!isDialled(service) || atService(origins, service)) continue;
        const message = `leads to ${service}, where no origin of the scenario is; add one with service: ${service}`;
        problems.push({ path: [kind, id, 'config', 'ingress', index, 'service'], code: 'no_origin', message });
      }
    } else if (kind === 'dns_records' && object.proxied && parseAddress(object.content ?? '')?.kind !== 'tunnel') {
      const message = 'leads out of the scenario: proxied records can lead only to tunnels there';
      problems.push({ path: [kind, id, 'content'], code: 'no_origin', message });
    }
  }
  return problems;
}

/** The same of a pool's endpoints, each with its index. */
export function* uncoveredEndpoints(
  endpoints: readonly { readonly address: string; readonly port?: number | undefined }[],
  origins: readonly OriginSpec[],
): Generator<{ readonly index: number; readonly code: string; readonly message: string }> {
  for (const [index, { address, port = 0 }] of endpoints.entries()) {
    if (parseAddress(address)?.kind === 'tunnel' || atAddress(origins, address, port)) continue;
    const where = `${address}:${port || HTTP_PORT}`;
    const message = `leads to ${where}, where no origin of the scenario is; add one with address: ${where}`;
    yield { index, code: 'no_origin', message };
  }
}

/** The configuration with the places at which origins really listen. */
export function rewire(desired: Desired, origins: readonly OriginSpec[], portOf: PortOf): Desired {
  return {
    ...desired,
    // Public endpoints have one address for all: loopback.
    settings: { ...desired.settings, duplicate_addresses: 'allow' },
    objects: desired.objects.map((each) => rewired(each, origins, portOf)),
  };
}

function rewired(each: DesiredObject, origins: readonly OriginSpec[], portOf: PortOf): DesiredObject {
  if (each.kind === 'configurations') {
    const { config } = each.object;
    const ingress = (config as { ingress?: readonly object[] }).ingress?.map((rule) => {
      const { service } = rule as { service?: unknown };
      const found = typeof service === 'string' ? atService(origins, service) : undefined;
      return found ? { ...rule, service: `http://127.0.0.1:${portOf(found.name)}` } : rule;
    });
    return { ...each, object: { ...each.object, config: { ...config, ...(ingress && { ingress }) } } } as DesiredObject;
  }
  if (each.kind !== 'pools') return each;
  return {
    ...each,
    object: { ...each.object, origins: each.object.origins.map((origin) => withPlace(origin, origins, portOf)) },
  } as DesiredObject;
}

/** A pool's endpoint, at the place where its origin listens. Those in virtual networks are found by their connector. */
export function withPlace<
  O extends {
    readonly address: string;
    readonly port?: number | undefined;
    readonly virtual_network_id?: string | undefined;
  },
>(origin: O, origins: readonly OriginSpec[], portOf: PortOf): O {
  const found = atAddress(origins, origin.address, origin.port ?? 0);
  if (!found || origin.virtual_network_id !== undefined) return origin;
  return { ...origin, address: '127.0.0.1', port: portOf(found.name) };
}

/** What connectors have to know to find the origins that have private addresses. */
export function mapsOf(origins: readonly OriginSpec[], portOf: PortOf): string[] {
  return origins.flatMap(({ name, address }) => {
    const [host, port] = address === undefined ? [] : split(address);
    return host !== undefined && parseAddress(host)?.kind === 'ip'
      ? [`${bracketed(host)}:${port}=127.0.0.1:${portOf(name)}`]
      : [];
  });
}

function atAddress(origins: readonly OriginSpec[], address: string, port: number): OriginSpec | undefined {
  return origins.find((origin) => {
    const [host, itsPort] = origin.address === undefined ? [] : split(origin.address);
    return host === address && itsPort === (port || HTTP_PORT);
  });
}

function atService(origins: readonly OriginSpec[], service: string): OriginSpec | undefined {
  const wanted = normalized(service);
  return origins.find((origin) => origin.service !== undefined && normalized(origin.service) === wanted);
}

function normalized(service: string): string {
  const full = service.includes('://') ? service : `http://${service}`;
  return URL.canParse(full) ? new URL(full).origin : full;
}

/** Whether a rule's service is somewhere else, and not the connector's own answer. */
function isDialled(service: string): boolean {
  return !/^(?:http_status:|hello_world$|hello-world$)/.test(service);
}

function* servicesOf(config: unknown): Generator<readonly [number, string]> {
  const { ingress = [] } = config as { ingress?: readonly { readonly service?: unknown }[] };
  for (const [index, { service }] of ingress.entries()) if (typeof service === 'string') yield [index, service];
}

function split(address: string): [host: string, port: number] {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(address);
  return [match?.[1] ?? match?.[2] ?? address, match?.[3] === undefined ? HTTP_PORT : Number(match[3])];
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
