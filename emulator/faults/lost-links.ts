import type { Fault } from '../state/fault.types.js';
import type { Link } from '../tunnel/homes.js';
import type { ActiveFault } from './fault.types.js';

/** Of one tunnel; its connections are a hundred at most. */
const LIMIT = 1_000;

export interface LostLink {
  readonly fault: Fault;
  readonly dataCenter: string;
}

/**
 * Connections that faults have closed or turned away, for as long as those last: requests that go elsewhere for want of
 * them say why.
 */
export class LostLinks {
  private readonly byTunnel = new Map<string, Map<string, LostLink & { readonly cause: ActiveFault }>>();

  note(cause: ActiveFault, { tunnelId, connectorId, index, dataCenter }: Link): void {
    const lost = this.byTunnel.get(tunnelId) ?? new Map();
    const key = `${connectorId} ${index} ${dataCenter} ${cause.fault.name}`;
    if (lost.size >= LIMIT && !lost.has(key)) return;
    lost.set(key, { fault: cause.fault, dataCenter, cause });
    this.byTunnel.set(tunnelId, lost);
  }

  /** Forgets what those faults did that are over. */
  keep(active: ReadonlySet<ActiveFault>): void {
    for (const [tunnelId, lost] of this.byTunnel) {
      for (const [key, { cause }] of lost) if (!active.has(cause)) lost.delete(key);
      if (lost.size === 0) this.byTunnel.delete(tunnelId);
    }
  }

  /** undefined: none. */
  of(tunnelId: string): Iterable<LostLink> | undefined {
    return this.byTunnel.get(tunnelId)?.values();
  }
}
