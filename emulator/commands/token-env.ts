import { defineError } from '../../runtime/errors.js';
import type { CloudflaredAddress, LoadedConfig } from '../config/config.types.js';

export const cloudflaredOff = defineError<Record<string, never>>('CLOUDFLARED_OFF', {
  message: () => 'the edge of this configuration does not listen for cloudflared',
  fix: () => 'give listen.cloudflared an address, or leave it out for the default ones',
});

export const cloudflaredPortUnknown = defineError<{ address: string }>('CLOUDFLARED_PORT_UNKNOWN', {
  message: (d) =>
    `the port at which cloudflared dials in is not known: listen.cloudflared has ${d.address}, any free port`,
  fix: () => 'give it a port of your choice; 7844 to 7847 are the default',
});

/**
 * Lines for a shell of the machine on which the edge runs: with these variables an unmodified cloudflared dials in
 * (docs/reference/cloudflared-wire.md 1).
 *
 * @param caFile absolute path of the file with the edge's authority; absent: a comment says how to make it
 * @throws CLOUDFLARED_OFF, CLOUDFLARED_PORT_UNKNOWN
 */
export function connectorEnvironment(config: Pick<LoadedConfig, 'listen'>, token: string, caFile?: string): string {
  const { cloudflared } = config.listen;
  if (cloudflared.length === 0) throw cloudflaredOff({});
  return [
    assignment('TUNNEL_TOKEN', token),
    assignment('TUNNEL_EDGE', cloudflared.map(dialled).join(',')),
    assignment('TUNNEL_TRANSPORT_PROTOCOL', 'http2'),
    caFile === undefined
      ? '# And the authority of the running edge: colocal ca > FILE, then TUNNEL_CACERT=FILE (--ca-file FILE prints it)'
      : assignment('TUNNEL_CACERT', caFile),
  ].join('\n');
}

/** What listens on every address is there on loopback as well. */
function dialled({ host, port }: CloudflaredAddress): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  if (port === 0) throw cloudflaredPortUnknown({ address: `${shown}:${port}` });
  if (host === '0.0.0.0') return `127.0.0.1:${port}`;
  return host === '::' ? `[::1]:${port}` : `${shown}:${port}`;
}

export function assignment(name: string, value: string): string {
  const isPlain = /^[\w./:,=+@-]+$/.test(value);
  return `export ${name}=${isPlain ? value : `'${value.replaceAll("'", "'\\''")}'`}`;
}
