import { warpWithoutEffect } from '../../protocol/served.js';
import { count, DEFAULT_PERIOD, flag, NO_LIMIT, seconds } from '../ingress/origin-request.js';
import { type ConfigurationProblem, invalid, record } from '../ingress/problem.js';

/** How private addresses are dialled: `warp-routing` of the configuration (docs/reference/api.md 5.3). */
export interface WarpRouting {
  /** Milliseconds for the TCP connection. */
  readonly connectTimeout: number;
  /** Milliseconds between TCP keep-alive probes. */
  readonly tcpKeepAlive: number;
  /** How many connections may be open at once; 0: any number. */
  readonly maxActiveFlows: number;
}

/** cloudflared's defaults (docs/reference/api.md 5.3). */
export const DEFAULT_WARP_ROUTING: WarpRouting = { connectTimeout: 5000, tcpKeepAlive: 30_000, maxActiveFlows: 0 };

const AT = ['warp-routing'];

/** @throws ConfigurationProblem */
export function parseWarpRouting(value: unknown, warnings: ConfigurationProblem[]): WarpRouting {
  if (value === undefined || value === null) return DEFAULT_WARP_ROUTING;
  const given = record(value, AT);
  flag(given, 'enabled', AT);
  for (const { path, message } of warpWithoutEffect(given)) warnings.push(invalid([...AT, ...path], message));
  return {
    connectTimeout: (seconds(given, 'connectTimeout', AT) ?? DEFAULT_WARP_ROUTING.connectTimeout) || NO_LIMIT,
    tcpKeepAlive: (seconds(given, 'tcpKeepAlive', AT) ?? DEFAULT_WARP_ROUTING.tcpKeepAlive) || DEFAULT_PERIOD,
    maxActiveFlows: count(given, 'maxActiveFlows', AT) ?? DEFAULT_WARP_ROUTING.maxActiveFlows,
  };
}
