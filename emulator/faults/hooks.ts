import type { Rng } from '../../runtime/rng.js';
import type { VantageResolver } from '../geo/vantage.js';
import type { Probing } from '../health/probe-hook.js';
import type { ProbeResult } from '../health/probes/probe.types.js';
import type { Opened } from '../reach/reach.js';
import type { Fault, LinkMatch, ProbeMatch, WayMatch } from '../state/fault.types.js';
import type { Reason } from '../steering/steering.types.js';
import type { Link } from '../tunnel/homes.js';
import { byOrder, definitionOf } from './catalogue/table.js';
import type { ActiveFault, FaultContext, FaultDefinition, FaultHooks, Opening, WayFaultEffect } from './fault.types.js';
import { LostLinks } from './lost-links.js';
import { wayMatcher } from './match.js';
import type { MatchIndex } from './match-index.js';
import { openingIndex } from './opening-index.js';
import { linkIndex, probeIndex } from './other-indexes.js';
import { reasonOf } from './reason.js';
import { type PartedFault, replicaHook } from './replicas.js';

/** The hooks of an edge in which nothing is broken. */
export const PLAIN: FaultHooks = {
  running: () => true,
  ingress: (resolver) => resolver,
  link: () => undefined,
  replicas: undefined,
  reach: (opened) => opened,
  probe: () => undefined,
};

/**
 * Builds the hooks out of the faults that are active. A hook that none of them uses is the plain one.
 *
 * @param lost what they have done to connections so far
 */
export function compileHooks(
  active: readonly ActiveFault[],
  context: FaultContext,
  lost: LostLinks = new LostLinks(),
): FaultHooks {
  const down = new Map<string, Fault>();
  const parted: PartedFault[] = [];
  const links: LinkFault[] = [];
  const ways: StruckWay[] = [];
  const probes: FailingProbes[] = [];
  for (const each of [...active].sort((a, b) => byOrder(a.fault, b.fault))) {
    const { fault } = each;
    // Which definition goes with which fault is known to the table only.
    const definition = definitionOf(fault.type) as FaultDefinition<Fault>;
    const code = definition.down?.(fault);
    if (code !== undefined) down.set(code, fault);
    const parts = definition.parts?.(fault, context);
    if (parts) parted.push({ fault, parts });
    // Types that use a hook are matched as it matches.
    const cuts = definition.cuts?.(fault, context);
    const refuses = definition.refuses?.(fault, context);
    if (cuts || refuses)
      links.push({ match: fault.match as LinkMatch, cause: each, cuts, refuses, drawn: definition.drawn === 'each' });
    const way = definition.way?.(fault, context);
    if (way) ways.push(struckWay(fault, way, context));
    const fails = definition.probe?.(fault, context);
    if (fails) probes.push({ fault, match: fault.match as ProbeMatch, fails });
  }
  const { account } = context;
  const wayIndex = openingIndex(ways, account);
  const byLink = linkIndex(links, account);
  const byProbe = probeIndex(probes, account);
  return {
    running: down.size === 0 ? PLAIN.running : (code) => !down.has(code),
    ingress: down.size === 0 ? PLAIN.ingress : (resolver) => explaining(resolver, down),
    link: links.length === 0 ? PLAIN.link : (link, stands) => whyNot(link, stands, { links: byLink, lost }),
    replicas: links.length === 0 && parted.length === 0 ? undefined : replicaHook(parted, lost),
    reach: ways.length === 0 ? PLAIN.reach : (opened, path, options) => strike({ opened, path, options }, wayIndex),
    probe: probes.length === 0 ? PLAIN.probe : (probing, rng) => whyFailing(probing, rng, byProbe),
  };
}

interface LinkFault {
  readonly match: LinkMatch;
  readonly cause: ActiveFault;
  readonly cuts: ((link: Link) => boolean) | undefined;
  readonly refuses: ((link: Link) => boolean) | undefined;
  readonly drawn: boolean;
}

interface StruckWay {
  readonly fault: Fault;
  readonly match: WayMatch;
  readonly dataCenter: WayFaultEffect['dataCenter'];
  readonly effect: WayFaultEffect;
  readonly matches: (opening: Opening) => boolean;
}

interface FailingProbes {
  readonly fault: Fault;
  readonly match: ProbeMatch;
  readonly fails: (probing: Probing) => boolean;
}

function struckWay(fault: Fault, effect: WayFaultEffect, { account }: FaultContext): StruckWay {
  const match = fault.match as WayMatch;
  return {
    fault,
    match,
    dataCenter: effect.dataCenter,
    effect,
    matches: wayMatcher(match, account, effect.dataCenter),
  };
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

interface Linking {
  readonly links: MatchIndex<LinkFault, Link>;
  readonly lost: LostLinks;
}

function whyNot(link: Link, stands: boolean, { links, lost }: Linking): string | undefined {
  for (const { cause, cuts, refuses, drawn } of links.find(link)) {
    const touched = cuts?.(link) || (!stands && refuses?.(link));
    if (!touched || (drawn && !isDrawn(link, cause, cuts !== undefined))) continue;
    lost.note(cause, link);
    return `${whatIsWrong(cause.fault, link)} (fault ${cause.fault.name})`;
  }
  return undefined;
}

/** A connection that was spared stays so while the fault lasts; whoever is turned away has another chance each time. */
function isDrawn(link: Link, { fault, links, rng }: ActiveFault, once: boolean): boolean {
  if (!once) return strikes(fault, rng);
  const key = `${link.connectorId} ${link.index}`;
  const before = links.get(key);
  if (before !== undefined) return before;
  const drawn = strikes(fault, rng);
  links.set(key, drawn);
  return drawn;
}

function whatIsWrong({ type }: Fault, { dataCenter }: Link): string {
  switch (type) {
    case 'data_center_down':
      return `data center ${dataCenter} is down`;
    case 'connector_refused':
      return 'the registration is refused';
    default:
      return 'the connection is broken';
  }
}

function strike(opening: Opening, index: MatchIndex<StruckWay, Opening>): Opened {
  let { opened } = opening;
  let replaced: WayFaultEffect['replaces'] = 'nothing';
  const reasons: Reason[] = [];
  for (const { fault, effect, matches } of index.find(opening)) {
    const { replaces } = effect;
    if (replaced === 'all' && replaces !== 'link') continue;
    // An origin is replaced once.
    if (replaced === 'origin' && replaces === 'origin') continue;
    if (!matches(opening) || effect.concerns?.(opening) === false) continue;
    if (!strikes(fault, opening.options.rng)) continue;
    reasons.push(reasonOf(fault, effect.detail));
    opened = effect.strike(opened, opening);
    if (replaces === 'all' || replaces === 'origin') replaced = replaces;
  }
  return reasons.length === 0 ? opened : { ...opened, faults: reasons };
}

function whyFailing(probing: Probing, rng: Rng, probes: MatchIndex<FailingProbes, Probing>): ProbeResult | undefined {
  for (const { fault, fails } of probes.find(probing)) {
    if (!fails(probing) || !strikes(fault, rng)) continue;
    // The same from everywhere: equal failures are told as one.
    return {
      passed: false,
      reason: 'TCP connection failed',
      detail: `the probe comes to nothing (fault ${fault.name})`,
    };
  }
  return undefined;
}

/** One draw. A fault that is certain, or impossible, takes none: it moves nothing else that is drawn. */
export function strikes({ probability }: Fault, rng: Rng): boolean {
  if (probability >= 1) return true;
  return probability > 0 && rng.next() < probability;
}
