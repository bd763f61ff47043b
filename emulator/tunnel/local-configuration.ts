import type { TunnelConfiguration } from '../state/objects.js';

/** A connector's own configuration as far as it is shown: its word, so nothing is taken for granted. */
export function localConfigurationOf(config: unknown): TunnelConfiguration {
  const ingress = typeof config === 'object' && config !== null && 'ingress' in config ? config.ingress : undefined;
  if (!Array.isArray(ingress)) return {};
  const rules = ingress.flatMap((rule: unknown) => {
    if (typeof rule !== 'object' || rule === null) return [];
    const { hostname, path, service } = rule as Record<string, unknown>;
    if (typeof service !== 'string') return [];
    return [
      {
        service,
        ...(typeof hostname === 'string' && hostname !== '' ? { hostname } : {}),
        ...(typeof path === 'string' && path !== '' ? { path } : {}),
      },
    ];
  });
  return { ingress: rules };
}
