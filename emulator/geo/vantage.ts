import { type ColocalError, defineError } from '../../runtime/errors.js';
import { type Cidr, covers, parseCidr, parseIp } from '../network/ip-address.js';
import type { ClientRule } from '../state/objects.js';
import type { DataCenter, Standing, Vantage } from './geo.types.js';
import { type Geography, unknownDataCenter } from './geography.js';
import { isCountry } from './regions.js';
import { suggestDataCenters } from './suggest.js';

/** Request headers that say where a request comes from, in lower case. They are never forwarded. */
export const VANTAGE_HEADERS: ReadonlySet<string> = new Set(['colocal-colo', 'colocal-country', 'colocal-client-ip']);

export const badClientIp = defineError<{ value: string }>('BAD_CLIENT_IP', {
  status: 400,
  message: (d) => `Colocal-Client-IP is "${d.value}", which is not an IP address`,
  fix: () => 'send one IPv4 or IPv6 address without port or brackets, such as 203.0.113.7',
});

export const badCountry = defineError<{ value: string }>('BAD_COUNTRY', {
  status: 400,
  message: (d) => `Colocal-Country is "${d.value}", which is not a country`,
  fix: (d) =>
    d.value.toUpperCase() === 'UK'
      ? 'did you mean GB?'
      : 'send an ISO 3166-1 alpha-2 code such as JP, XX for unknown, or T1 for Tor',
});

export const noRunningDataCenter = defineError<{ wanted: string }>('NO_RUNNING_DATA_CENTER', {
  status: 503,
  message: (d) => `the request enters at ${d.wanted}, but no configured data center is running`,
  fix: () => 'bring a data center back up, or end the fault that keeps them down',
});

export type VantageResult =
  | { readonly ok: true; readonly vantage: Vantage }
  | { readonly ok: false; readonly error: ColocalError };

export interface VantageResolver {
  /**
   * Where a request comes from. `headers` is flat: name, value, name, value, names in any case.
   *
   * - data center: Colocal-Colo, else the first `clients` rule that covers the client, else the default one. One
   *   that is known but not configured or not running means the nearest running one, with a reason.
   * - country: Colocal-Country, else the `clients` rule's. ASN: the `clients` rule's.
   * - client: Colocal-Client-IP, else the socket's address.
   *
   * `stands` takes the place of the `clients` rule's data center.
   *
   * Fails with 400 (unknown data center, bad IP address, bad country) or 503 (no data center runs).
   */
  resolve(headers: readonly string[], remoteAddress: string, remotePort: number, stands?: Standing): VantageResult;
}

export interface VantageResolverOptions {
  readonly geography: Geography;
  readonly clients: readonly ClientRule[];
  /** `settings.vantage`: whether the headers are obeyed. */
  readonly enabled: boolean;
}

/** What is known of a client before it is asked which data centers run. */
interface Client {
  readonly ip: string;
  readonly wanted: DataCenter;
  readonly country: string | undefined;
  readonly asn: number | undefined;
  readonly reasons: readonly string[];
}

/** What a request's headers say. */
interface Said {
  colo?: string;
  country?: string;
  clientIp?: string;
}

/** Addresses remembered; local clients are a handful, the bound is against somebody who walks through a network. */
const CLIENT_LIMIT = 4096;

export function createVantageResolver({ geography, clients, enabled }: VantageResolverOptions): VantageResolver {
  const rules = clients.flatMap((rule) => {
    const cidr: Cidr | undefined = parseCidr(rule.network);
    return cidr ? [{ rule, cidr }] : [];
  });
  const known = new Map<string, Client>();

  const clientAt = (address: string): Client => {
    const ip = parseIp(address);
    const rule = ip && rules.find((candidate) => covers(candidate.cidr, ip))?.rule;
    const named = rule?.data_center === undefined ? undefined : geography.find(rule.data_center);
    return {
      ip: ip?.text ?? address,
      wanted: named ?? geography.default,
      country: rule?.country?.toUpperCase(),
      asn: rule?.asn,
      reasons: Object.freeze([
        rule && named
          ? `clients: ${rule.network} enters at ${named.code}`
          : `nothing says where the request comes from: ${geography.default.code} is the default data center`,
      ]),
    };
  };

  const remembered = (address: string): Client => {
    let client = known.get(address);
    if (!client) {
      if (known.size >= CLIENT_LIMIT) known.clear();
      client = clientAt(address);
      known.set(address, client);
    }
    return client;
  };

  const standing = (client: Client, stands: Standing | undefined): Client => {
    const wanted = stands && geography.find(stands.dataCenter);
    return wanted ? { ...client, wanted, reasons: [`${stands.why} enters at ${wanted.code}`] } : client;
  };

  const corrected = (client: Client, said: Said): Client | ColocalError => {
    let { wanted, country, reasons } = client;
    if (said.colo !== undefined) {
      const dataCenter = geography.find(said.colo);
      if (!dataCenter) {
        const suggestions = suggestDataCenters(said.colo, geography.configured);
        return unknownDataCenter({ code: said.colo, suggestions, where: 'the request header Colocal-Colo' });
      }
      wanted = dataCenter;
      reasons = [`Colocal-Colo names ${wanted.code}`];
    }
    if (said.country !== undefined) {
      country = said.country.toUpperCase();
      if (!isCountry(country)) return badCountry({ value: said.country });
    }
    return { ...client, wanted, country, reasons };
  };

  const enter = (client: Client, port: number): VantageResult => {
    const { wanted } = client;
    if (geography.isRunning(wanted.code)) return { ok: true, vantage: vantageOf(client, wanted, port, client.reasons) };
    const nearest = geography.nearest(wanted, 1)[0];
    if (!nearest) return { ok: false, error: noRunningDataCenter({ wanted: wanted.code }) };
    const why = geography.isConfigured(wanted.code) ? 'is down' : 'is not configured';
    const reasons = [...client.reasons, `${wanted.code} ${why}: ${nearest.code} is the nearest that runs`];
    const vantage = vantageOf(client, nearest, port, reasons);
    return { ok: true, vantage: { ...vantage, insteadOf: wanted.code } };
  };

  return {
    resolve(headers, remoteAddress, remotePort, stands) {
      const said = enabled ? readHeaders(headers) : undefined;
      if (!said) return enter(standing(remembered(remoteAddress), stands), remotePort);

      if (said.clientIp !== undefined && !parseIp(said.clientIp)) {
        return { ok: false, error: badClientIp({ value: said.clientIp }) };
      }
      const client = corrected(standing(remembered(said.clientIp ?? remoteAddress), stands), said);
      return client instanceof Error ? { ok: false, error: client } : enter(client, remotePort);
    },
  };
}

function vantageOf(client: Client, dataCenter: DataCenter, clientPort: number, reasons: readonly string[]): Vantage {
  const vantage: { -readonly [K in keyof Vantage]: Vantage[K] } = {
    dataCenter,
    clientIp: client.ip,
    clientPort,
    reasons,
  };
  if (client.country !== undefined) vantage.country = client.country;
  if (client.asn !== undefined) vantage.asn = client.asn;
  return vantage;
}

const LOWER_C = 0x63;
const LOWER_CASE_BIT = 0x20;

/** The vantage headers of a request, undefined when it has none. Most requests have none, so names are told apart by first letter and length before anything is compared. */
function readHeaders(headers: readonly string[]): Said | undefined {
  let said: Said | undefined;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if ((name.charCodeAt(0) | LOWER_CASE_BIT) !== LOWER_C) continue;
    const key = keyOf(name);
    if (!key) continue;
    const value = (headers[i + 1] ?? '').trim();
    said ??= {};
    const before = said[key];
    // A repeated header is a list (RFC 9110 5.3), and a list is no code: it is refused as such.
    said[key] = before === undefined ? value : `${before}, ${value}`;
  }
  return said;
}

function keyOf(name: string): keyof Said | undefined {
  switch (name.length) {
    case 12:
      return name.toLowerCase() === 'colocal-colo' ? 'colo' : undefined;
    case 15:
      return name.toLowerCase() === 'colocal-country' ? 'country' : undefined;
    case 17:
      return name.toLowerCase() === 'colocal-client-ip' ? 'clientIp' : undefined;
    default:
      return undefined;
  }
}
