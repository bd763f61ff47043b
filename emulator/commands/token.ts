import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { encodeToken } from '../../protocol/token.js';
import { defineError } from '../../runtime/errors.js';
import type { LoadedConfig } from '../config/config.types.js';
import type { CommandContext } from './context.js';
import { connectorEnvironment } from './token-env.js';

export const tunnelUnknown = defineError<{ tunnel: string; known: readonly string[] }>('TUNNEL_UNKNOWN', {
  message: (d) => `the configuration has no tunnel "${d.tunnel}"`,
  fix: (d) => (d.known.length === 0 ? 'add it under tunnels' : `name one of: ${d.known.join(', ')}`),
});

export const tunnelSecretUnknown = defineError<{ tunnel: string }>('TUNNEL_SECRET_UNKNOWN', {
  message: (d) =>
    `the token of tunnel ${d.tunnel} is not known: the configuration gives it no secret, so each run has another`,
  fix: () => 'put a tunnel_secret in the file; `openssl rand -base64 32` makes one',
});

export function registerToken(program: Command, context: CommandContext): void {
  program
    .command('token')
    .description('print the token with which connectors of a tunnel dial in')
    .argument('<tunnel>', 'name or id of the tunnel')
    .option('-c, --config <file>', 'the configuration', 'colocal.yaml')
    .option('--env', 'print the environment with which cloudflared dials in, as lines for a shell')
    .addOption(
      new Option('--ca-file <path>', "with --env: the file with the edge's authority (colocal ca > PATH)").implies({
        env: true,
      }),
    )
    .action(async (tunnel: string, options: TokenOptions) => {
      const { loadConfigFile } = await import('../config/index.js');
      const config = await loadConfigFile(options.config);
      const token = tunnelToken(config, tunnel);
      const caFile = options.caFile === undefined ? undefined : resolve(options.caFile);
      context.print(options.env ? connectorEnvironment(config, token, caFile) : token);
    });
}

interface TokenOptions {
  readonly config: string;
  readonly env?: true;
  readonly caFile?: string;
}

/**
 * The token of a tunnel, by its name or id (docs/reference/api.md 5.1).
 *
 * @throws TUNNEL_UNKNOWN, TUNNEL_SECRET_UNKNOWN
 */
export function tunnelToken(config: LoadedConfig, tunnel: string): string {
  const tunnels = config.desired.objects.filter((object) => object.kind === 'tunnels');
  const found = tunnels.find(({ id, object }) => object.name === tunnel || id === tunnel);
  if (!found) throw tunnelUnknown({ tunnel, known: tunnels.map(({ object }) => object.name) });
  const { tunnel_secret: secret } = found.object;
  if (secret === undefined) throw tunnelSecretUnknown({ tunnel: found.object.name });
  return encodeToken({ accountId: config.desired.account.id, tunnelId: found.id, secret });
}
