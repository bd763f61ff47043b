import { isUnserved, SERVED, type WithoutEffect, warpWithoutEffect, withoutEffect } from '../../protocol/served.js';
import type { Problem } from '../state/state.types.js';
import type { Sections } from './sections.js';

/** What cloudflared knows of a tunnel's configuration, and colocal's connectors do not do. */
export function* ingressWarnings({ tunnels }: Sections): Generator<Problem> {
  for (const { value: tunnel, at } of tunnels) {
    if (!tunnel?.config) continue;
    const config = [...at, 'config'];
    yield* inVain(withoutEffect(tunnel.config.originRequest), [...config, 'originRequest']);
    yield* inVain(warpWithoutEffect(tunnel.config['warp-routing']), [...config, 'warp-routing']);
    for (const [index, { service, originRequest }] of (tunnel.config.ingress ?? []).entries()) {
      const rule = [...config, 'ingress', index];
      if (isUnserved(service)) {
        yield {
          path: [...rule, 'service'],
          code: 'not_served',
          message: `is ${service}, which colocal's connectors do not serve: they answer 502; use ${SERVED}`,
        };
      }
      yield* inVain(withoutEffect(originRequest), [...rule, 'originRequest']);
    }
  }
}

function* inVain(found: Iterable<WithoutEffect>, at: Problem['path']): Generator<Problem> {
  for (const { path, message } of found) yield { path: [...at, ...path], code: 'no_effect', message };
}
