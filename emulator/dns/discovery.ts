import { isIP } from 'node:net';
import { type Answer, type Asked, type DnsRecordData, NO_SUCH_NAME, withRecords } from './dns.types.js';

/*
 * What cloudflared looks up when it is given no --edge (docs/reference/cloudflared-wire.md 1). It takes the first two
 * records of one SRV look-up as its two regions, and connects once to each address of a region, at the record's port.
 */

const DOMAIN = 'argotunnel.com';
/** With `--region us`, `us-` comes before it. */
const SERVICE = /^_(?<area>[a-z0-9]+-)?v2-origintunneld\._tcp\.argotunnel\.com$/;
const REGION = /^(?:[a-z0-9]+-)?region(?<number>[12])\.v2\.argotunnel\.com$/;
/** Which protocol shall be taken by those that are left the choice: in percent of the accounts. */
const PROTOCOLS = JSON.stringify([
  { protocol: 'http2', percentage: 100 },
  { protocol: 'quic', percentage: 0 },
]);
/** No test dials before the start: they try QUIC and api.cloudflare.com. */
const FEATURES = JSON.stringify({ skip_prechecks: true });

/** Seconds. cloudflared asks once an hour, and an edge that is started anew may have other addresses. */
const TTL = 5;
/** cloudflared wants four connections over two regions. */
const ADDRESSES_PER_REGION = 2;

/** Where cloudflared dials in. */
export interface EdgeListener {
  readonly host: string;
  readonly port: number;
  readonly dataCenter?: string;
}

/**
 * Answers for argotunnel.com; undefined: the name is another's.
 *
 * @param listeners those that are open; without any, no name of the domain exists
 * @param addresses at which whoever asks reaches listeners
 */
export function answerDiscovery(
  asked: Asked,
  listeners: readonly EdgeListener[],
  addresses: (listeners: readonly EdgeListener[]) => readonly string[],
): Answer | undefined {
  const { name } = asked;
  if (name !== DOMAIN && !name.endsWith(`.${DOMAIN}`)) return undefined;
  const regions = regionsOf(listeners);
  if (!regions) return NO_SUCH_NAME;
  const answer = (has: readonly DnsRecordData[]): Answer => withRecords(asked, TTL, has);
  const service = SERVICE.exec(name);
  if (service) {
    const area = service.groups?.area ?? '';
    return answer(
      regions.map(({ port }, index) => ({
        type: 'SRV',
        // Different ones, so that both come in this order.
        data: { priority: index + 1, port, target: `${area}region${index + 1}.v2.${DOMAIN}` },
      })),
    );
  }
  const region = regions[Number(REGION.exec(name)?.groups?.number) - 1];
  if (region) return answer(recordsOf(addresses(region.listeners)));
  if (name === `protocol-v2.${DOMAIN}`) return answer([{ type: 'TXT', data: PROTOCOLS }]);
  if (name === `cfd-features.${DOMAIN}`) return answer([{ type: 'TXT', data: FEATURES }]);
  return NO_SUCH_NAME;
}

interface Region {
  readonly port: number;
  readonly listeners: readonly EdgeListener[];
}

/** A region has one port. The two end in different data centers where the listeners do; one port serves both. */
function regionsOf(listeners: readonly EdgeListener[]): readonly Region[] | undefined {
  const [first] = listeners;
  if (!first) return undefined;
  const others = listeners.filter(({ port }) => port !== first.port);
  const second = others.find(({ dataCenter }) => dataCenter !== first.dataCenter) ?? others[0] ?? first;
  return [first, second].map(({ port }) => ({ port, listeners: listeners.filter((each) => each.port === port) }));
}

/**
 * cloudflared connects once to each record, whatever the record says: a region with one address has it twice, so that
 * it gets its two connections.
 */
function recordsOf(addresses: readonly string[]): readonly DnsRecordData[] {
  return (
    [
      ['A', 4],
      ['AAAA', 6],
    ] as const
  ).flatMap(([type, family]) => {
    const own = addresses.filter((address) => isIP(address) === family);
    const [only] = own;
    const records = own.length === 1 && only !== undefined ? Array<string>(ADDRESSES_PER_REGION).fill(only) : own;
    return records.map((data) => ({ type, data }));
  });
}
