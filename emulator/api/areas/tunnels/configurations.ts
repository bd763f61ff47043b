import * as z from 'zod';
import type { TunnelConfiguration, TunnelConfigurationVersion } from '../../../state/objects.js';
import { tunnelConfigurationSchema } from '../../../state/schemas/configuration.js';
import type { ApiDeps } from '../../api.types.js';
import type { Endpoint } from '../../endpoint.js';
import { apiError } from '../../errors.js';
import { isObject, withoutNulls } from '../../merge.js';
import { instant, writable } from '../../shown.js';
import { liveTunnel } from './find.js';
import { configurationNotFound } from './refusal.js';
import { connectionsOf } from './tunnel-result.js';

/** docs/reference/api.md 5.3. */
const configurationResult = z.object({
  tunnel_id: z.uuid(),
  account_id: z.string(),
  version: z.number(),
  config: z.record(z.string(), z.unknown()),
  source: z.enum(['cloudflare', 'local']),
  created_at: z.iso.datetime(),
});

/** What a tunnel's connectors are told. */
export function configurationEndpoints(base: string, deps: ApiDeps): readonly Endpoint[] {
  const path = `${base}/:id/configurations`;
  const account_id = (): string => deps.state.read().account.id;
  const shown = (configuration: TunnelConfigurationVersion): z.infer<typeof configurationResult> => ({
    tunnel_id: configuration.id,
    account_id: account_id(),
    version: configuration.version,
    config: { ...configuration.config },
    source: 'cloudflare',
    created_at: instant(configuration.modified_on),
  });
  return [
    {
      method: 'GET',
      path,
      summary: 'The configuration: as it was put, or as the connector of a local tunnel reports it',
      result: configurationResult,
      handle: (call) => {
        const account = deps.state.read();
        const tunnel = liveTunnel(account, call, 'cfd_tunnel', configurationNotFound);
        const configuration = account.configurations.get(tunnel.id);
        if (configuration && tunnel.config_src === 'cloudflare') return { result: shown(configuration) };
        const reporting = connectionsOf(tunnel.id, deps).find((each) => each.localConfiguration !== undefined);
        if (!reporting?.localConfiguration) throw configurationNotFound();
        const config = { ...reporting.localConfiguration };
        const created_at = instant(reporting.openedAt);
        return {
          result: { tunnel_id: tunnel.id, account_id: account_id(), version: 0, config, source: 'local', created_at },
        };
      },
    },
    {
      method: 'PUT',
      path,
      summary: 'Put the configuration; it is kept as it is given, and its connectors get it at once',
      body: z.object({ config: tunnelConfigurationSchema }),
      result: configurationResult,
      handle: (call) => {
        // Without it the body is not what it should be, and what is there stays.
        if (!('config' in call.body)) throw apiError(400, 1056, 'Bad Configuration: the request has no config');
        const { config = {} } = withoutNulls(call.body);
        if (!isObject(config)) throw apiError(400, 1056, 'Bad Configuration: config must be an object');
        return {
          result: shown(
            deps.state.transact('api', (draft) => {
              const tunnel = liveTunnel(draft.read(), call, 'cfd_tunnel', configurationNotFound);
              // docs/reference/api.md 5.3: a tunnel whose configuration is put here is configured here.
              draft.put('tunnels', { ...writable(tunnel), config_src: 'cloudflare', id: tunnel.id });
              // The state checks it.
              return draft.put('configurations', { id: tunnel.id, config: config as TunnelConfiguration as never });
            }),
          ),
        };
      },
    },
  ];
}
