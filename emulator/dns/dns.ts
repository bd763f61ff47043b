import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Deadlines } from '../../runtime/deadlines.js';
import { answerDiscovery, type EdgeListener } from './discovery.js';
import { REFUSED } from './dns.types.js';
import { edgeAddresses, type InterfaceAddress } from './edge-addresses.js';
import { DnsResponder } from './responder.js';
import { answerZone, type ZoneView } from './zone-names.js';

export interface DnsOptions {
  readonly view: () => ZoneView;
  /** Where cloudflared dials in, as it is open. */
  readonly cloudflared: () => readonly EdgeListener[];
  /** Hosts of the listeners for clients. */
  readonly clients: readonly string[];
  /** The edge's IP addresses as the configuration gives them; empty: those at which the asker reaches it. */
  readonly answers: readonly string[];
  readonly deadlines: Deadlines;
  /** A mistake of ours; that query has no answer. */
  readonly onError: (error: unknown) => void;
}

export interface Dns {
  /** Rejects with Node's own error, which the caller names. */
  listen(host: string, port: number): Promise<AddressInfo>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** The name server of the edge: for what cloudflared looks up, and for the zones. It asks nobody else. */
export function createDns(options: DnsOptions): Dns {
  return new DnsResponder({
    deadlines: options.deadlines,
    onError: options.onError,
    answer(asked, asker) {
      const reachedAt = (hosts: Iterable<string>): readonly string[] =>
        edgeAddresses({ hosts, given: options.answers, asker, interfaces: ownAddresses });
      return (
        answerDiscovery(asked, options.cloudflared(), (listeners) => reachedAt(listeners.map(({ host }) => host))) ??
        answerZone(asked, options.view(), () => reachedAt(options.clients)) ??
        REFUSED
      );
    },
  });
}

function ownAddresses(): readonly InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, own = []]) =>
    own.map(({ cidr, internal }) => ({ name, cidr, internal })),
  );
}
