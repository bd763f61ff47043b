import { didYouMean } from '../../../runtime/did-you-mean.js';
import { type IpAddress, parseIp } from '../../network/ip-address.js';
import type { VirtualNetwork } from '../../state/objects.js';
import type { Reason } from '../../steering/steering.types.js';
import type { RefusalCause } from '../connection/connection.types.js';
import type { EdgeErrorName } from '../edge-errors.js';
import type { PrivateDestination, PrivateRequest, PrivateView } from './private.types.js';

/** What is decided before anything is tried. */
export type PrivateDecision = {
  /** Name of the virtual network; absent: there is none of the name. */
  readonly network?: string;
  readonly reasons: readonly Reason[];
} & (
  | { readonly kind: 'allowed'; readonly destination: PrivateDestination }
  | {
      readonly kind: 'refused';
      readonly cause: RefusalCause;
      readonly error: EdgeErrorName;
      readonly detail: string;
    }
);

/** Which address of which virtual network is meant, and whether policy lets the user reach it. Pure. */
export function decide(request: PrivateRequest, { networks, policies }: PrivateView): PrivateDecision {
  const reasons: Reason[] = [];
  const { host, port, user, vantage } = request;
  const network = networkOf(request.network, networks);
  if (!network) {
    const detail = unknownNetwork(request.network, networks);
    reasons.push({ step: 'virtual_network', outcome: 'unknown', detail });
    return { kind: 'refused', cause: 'unknown_network', error: 'unreachable', detail, reasons };
  }
  const how = request.network === undefined ? 'nothing says which, and this is the default one' : 'it was asked for';
  reasons.push({ step: 'virtual_network', subject: network.name, outcome: 'chosen', detail: how });
  const refused = (cause: RefusalCause, error: EdgeErrorName, detail: string): PrivateDecision => ({
    kind: 'refused',
    cause,
    error,
    detail,
    network: network.name,
    reasons,
  });

  if (port === 0) return refused('bad_port', 'bad_request', 'port 0 cannot be connected to');
  const ip = addressOf(host, network);
  if (!ip) {
    const detail = unknownHost(host, network);
    reasons.push({ step: 'host', subject: host, outcome: 'unknown', detail });
    return refused('dns', 'origin_dns', detail);
  }
  if (ip.text !== host) {
    const detail = `it is ${ip.text} in virtual network ${network.name}`;
    reasons.push({ step: 'host', subject: host, outcome: 'resolved', detail });
  }

  const decision = policies.decide({ ...(user ? { user } : {}), ip, port, virtualNetworkId: network.id });
  reasons.push(decision.reason);
  if (!decision.allowed) {
    const by = decision.policy === undefined ? 'no policy allows it' : `policy ${decision.policy} blocks it`;
    return refused('policy', 'access_blocked', by);
  }
  const destination = { ip: ip.text, port, network, vantage };
  return { kind: 'allowed', destination, network: network.name, reasons };
}

function networkOf(name: string | undefined, networks: readonly VirtualNetwork[]): VirtualNetwork | undefined {
  return networks.find((network) => (name === undefined ? network.is_default_network : network.name === name));
}

/** A zone means an interface of the client's own machine, so such an address is none here. */
function addressOf(host: string, { hosts }: VirtualNetwork): IpAddress | undefined {
  const ip = host.includes('%') ? undefined : parseIp(host);
  if (ip) return ip;
  const name = (host.endsWith('.') ? host.slice(0, -1) : host).toLowerCase();
  return Object.hasOwn(hosts, name) ? parseIp(hosts[name] ?? '') : undefined;
}

function unknownNetwork(name = '', networks: readonly VirtualNetwork[]): string {
  const names = networks.map((network) => network.name);
  return `no virtual network is called ${JSON.stringify(name)}${didYouMean(name, names) || `; there are: ${names.join(', ')}`}`;
}

function unknownHost(host: string, { name, hosts }: VirtualNetwork): string {
  if (host.includes('%') && parseIp(host.slice(0, host.indexOf('%')))) {
    return `${JSON.stringify(host)} has a zone, which means an interface of the client's own machine: leave out the % and what follows it`;
  }
  const known = Object.keys(hosts);
  const suggestion = didYouMean(host, known);
  return `virtual network ${name} has no host called ${JSON.stringify(host)}${suggestion || (known.length === 0 ? ': it has none' : '')}`;
}
