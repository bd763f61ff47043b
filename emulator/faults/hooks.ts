import type { Rng } from '../../runtime/rng.js';
import type { VantageResolver } from '../geo/vantage.js';
import type { Opened } from '../reach/reach.js';
import type { Fault } from '../state/objects.js';
import type { Reason } from '../steering/steering.types.js';
import type { Link } from '../tunnel/homes.js';
import type { ActiveFault, FaultContext, FaultDefinition, FaultHooks, OriginFault } from './fault.types.js';
import { byOrder, definitionOf } from './table.js';

/** The hooks of an edge in which nothing is broken. */
export const PLAIN: FaultHooks = {
  running: () => true,
  ingress: (resolver) => resolver,
  link: () => undefined,
  reach: (opened) => opened,
};

/** Builds the hooks out of the faults that are active. A hook that none of them uses is the plain one. */
export function compileHooks(active: readonly ActiveFault[], context: FaultContext): FaultHooks {
  const down = new Map<string, Fault>();
  const cutting: CutLink[] = [];
  const origins: StruckOrigin[] = [];
  for (const each of [...active].sort((a, b) => byOrder(a.fault, b.fault))) {
    const { fault } = each;
    // Which definition goes with which fault is known to the table only.
    const definition = definitionOf(fault.type) as FaultDefinition<Fault>;
    const code = definition.down?.(fault);
    if (code !== undefined) down.set(code, fault);
    const cuts = definition.cuts?.(fault, context);
    if (cuts) cutting.push({ ...each, cuts, drawn: definition.drawn === 'each' });
    const origin = definition.origin?.(fault, context);
    if (origin) origins.push({ ...each, origin });
  }
  return {
    running: down.size === 0 ? PLAIN.running : (code) => !down.has(code),
    ingress: down.size === 0 ? PLAIN.ingress : (resolver) => explaining(resolver, down),
    link: cutting.length === 0 ? PLAIN.link : (link) => whyCut(link, cutting),
    reach: origins.length === 0 ? PLAIN.reach : (opened, path, options) => strike({ opened, path, options }, origins),
  };
}

interface CutLink extends ActiveFault {
  readonly cuts: (link: Link) => boolean;
  readonly drawn: boolean;
}

interface StruckOrigin extends ActiveFault {
  readonly origin: OriginFault;
}

/** Requests that enter elsewhere because of a fault say so. */
function explaining(resolver: VantageResolver, down: ReadonlyMap<string, Fault>): VantageResolver {
  return {
    resolve(headers, address, port, stands) {
      const result = resolver.resolve(headers, address, port, stands);
      if (!result.ok || result.vantage.insteadOf === undefined) return result;
      const fault = down.get(result.vantage.insteadOf);
      if (!fault) return result;
      const reason = reasonOf(fault, `data center ${result.vantage.insteadOf} is down`);
      return { ok: true, vantage: { ...result.vantage, faults: [reason] } };
    },
  };
}

function whyCut(link: Link, cutting: readonly CutLink[]): string | undefined {
  for (const { fault, cuts, drawn, links, rng } of cutting) {
    if (!cuts(link)) continue;
    if (drawn) {
      const key = `${link.connectorId} ${link.index}`;
      if (!links.has(key)) links.set(key, strikes(fault, rng));
      if (!links.get(key)) continue;
    }
    const what =
      fault.type === 'data_center_down' ? `data center ${link.dataCenter} is down` : 'the connection is broken';
    return `${what} (fault ${fault.name})`;
  }
  return undefined;
}

function strike(opening: Parameters<OriginFault['matches']>[0], origins: readonly StruckOrigin[]): Opened {
  let { opened } = opening;
  let replaced = false;
  const reasons: Reason[] = [];
  for (const { fault, origin } of origins) {
    // An origin is replaced once.
    if (origin.replaces === 'origin' && replaced) continue;
    if (!origin.matches(opening) || !strikes(fault, opening.options.rng)) continue;
    reasons.push(reasonOf(fault, origin.detail));
    opened = origin.strike(opened);
    if (origin.replaces === 'all') break;
    if (origin.replaces === 'origin') replaced = true;
  }
  return reasons.length === 0 ? opened : { ...opened, faults: reasons };
}

function reasonOf(fault: Fault, detail: string): Reason {
  return { step: 'fault', subject: fault.name, outcome: fault.type, detail };
}

/** One draw. A fault that is certain, or impossible, takes none: it moves nothing else that is drawn. */
export function strikes({ probability }: Fault, rng: Rng): boolean {
  if (probability >= 1) return true;
  return probability > 0 && rng.next() < probability;
}
