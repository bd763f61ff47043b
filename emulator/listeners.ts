import { ColocalError } from '../runtime/errors.js';
import { listenFailure } from '../runtime/listen-failure.js';
import type { ListenAddress, ListenerName, LoadedConfig } from './config/index.js';

type Open = (host: string, port: number) => Promise<{ readonly port: number }>;

const SCHEMES: Readonly<Record<ListenerName, string>> = { api: 'http', connectors: 'ws', http: 'http', https: 'https' };

/**
 * Opens what the configuration wants open, in this order, and notes each address as soon as it is.
 *
 * @throws PORT_IN_USE, CANNOT_LISTEN, which name the listener and its key in the file
 */
export async function openListeners(
  config: LoadedConfig,
  addresses: { name: ListenerName; address: string }[],
  open: Readonly<Record<ListenerName, Open>>,
): Promise<void> {
  for (const name of ['api', 'connectors', 'http', 'https'] as const) {
    const wanted = config.listen[name];
    if (!wanted) continue;
    try {
      const { port } = await open[name](wanted.host, wanted.port);
      addresses.push({ name, address: `${SCHEMES[name]}://${textOf({ ...wanted, port })}` });
    } catch (error) {
      if (error instanceof ColocalError) throw error;
      throw listenFailure(error, { name, address: textOf(wanted), flag: `listen.${name}` });
    }
  }
}

function textOf({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
