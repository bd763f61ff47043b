import type { Deadlines } from '../../runtime/deadlines.js';
import type { Detour } from '../../runtime/detour.js';
import type { Log } from '../connector.types.js';
import type { IngressRule } from '../ingress/rules.js';
import { serviceText } from '../ingress/service.js';
import { OriginPool, type OriginService } from './pool.js';

/**
 * The pools of the rules in force. A rule whose service and connection settings did not change keeps its
 * pool, and with it the warm connections, over a change of configuration.
 */
export class OriginPools {
  private pools = new Map<string, OriginPool>();

  constructor(
    private readonly deadlines: Deadlines,
    private readonly log: Log,
    private readonly detour?: Detour,
  ) {}

  /** A pool for each rule that has an origin; those that no rule needs any more finish and go. */
  replace(rules: readonly IngressRule[]): readonly (OriginPool | undefined)[] {
    const next = new Map<string, OriginPool>();
    const chosen = rules.map((rule) => {
      if (rule.service.kind !== 'origin') return undefined;
      const key = keyOf(rule.service, rule);
      const pool = next.get(key) ?? this.pools.get(key) ?? this.create(rule.service, rule);
      next.set(key, pool);
      return pool;
    });
    for (const [key, pool] of this.pools) if (!next.has(key)) pool.retire();
    this.pools = next;
    return chosen;
  }

  close(): void {
    for (const pool of this.pools.values()) pool.retire();
    this.pools.clear();
  }

  private create(service: OriginService, rule: IngressRule): OriginPool {
    const recovered = (origin: string): void => this.log.info({ origin }, 'the origin answers again');
    return new OriginPool(service, rule.originRequest, this.deadlines, recovered, this.detour);
  }
}

/** What makes two rules share connections. The Host header belongs to the request, not to the connection. */
function keyOf(service: OriginService, { originRequest }: IngressRule): string {
  const { connectTimeout, tcpKeepAlive, keepAliveTimeout, keepAliveConnections, noHappyEyeballs } = originRequest;
  const plain = [
    serviceText(service),
    connectTimeout,
    tcpKeepAlive,
    keepAliveTimeout,
    keepAliveConnections,
    noHappyEyeballs,
  ];
  if (service.scheme === 'http') return JSON.stringify(plain);
  const { tlsTimeout, noTLSVerify, caPool, originServerName, matchSNItoHost, http2Origin } = originRequest;
  return JSON.stringify([...plain, tlsTimeout, noTLSVerify, caPool, originServerName, matchSNItoHost, http2Origin]);
}
