import * as z from 'zod';

/** docs/reference/api.md 2.4: valid base64 of at least 32 characters. */
export const tunnelSchema = z.object({
  name: z.string().min(1).max(255).describe('Unique among the tunnels.'),
  tunnel_secret: z
    .string()
    .min(32)
    .regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, 'must be base64')
    .exactOptional()
    .describe('Base64, at least 32 characters. Without one, connectors need a new token after a restart.'),
  config_src: z.enum(['local', 'cloudflare']).default('local'),
  tun_type: z.enum(['cfd_tunnel', 'warp_connector']).default('cfd_tunnel'),
  mesh: z
    .object({
      ha_mode: z.enum(['none', 'disabled', 'aws', 'local']),
      config: z.record(z.string(), z.unknown()).nullable(),
      version: z.int().min(0),
      updated_at: z.number(),
      active_connector: z.string().exactOptional(),
    })
    .exactOptional(),
});
