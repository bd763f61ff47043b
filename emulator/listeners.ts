import { ColocalError } from '../runtime/errors.js';
import { listenText } from '../runtime/listen-address.js';
import { listenFailure } from '../runtime/listen-failure.js';
import type { ListenAddress, ListenerName, LoadedConfig, OpenAddress } from './config/index.js';

type OpenCloudflared = (
  host: string,
  port: number,
  dataCenter: string | undefined,
) => Promise<{ readonly port: number }>;
type Open = (host: string, port: number) => Promise<{ readonly port: number }>;

const SCHEMES: Readonly<Record<ListenerName, string>> = {
  api: 'http',
  connectors: 'ws',
  http: 'http',
  https: 'https',
  on_ramp: 'socks5h',
};

/**
 * Opens what the configuration wants open, in this order, and notes each address as soon as it is.
 *
 * @throws PORT_IN_USE, CANNOT_LISTEN, which name the listener and its key in the file
 */
export async function openListeners(
  config: LoadedConfig,
  addresses: OpenAddress[],
  open: Readonly<Record<ListenerName | 'dns', Open>> & { readonly cloudflared: OpenCloudflared },
): Promise<void> {
  const opening = async (name: OpenAddress['name'], scheme: string, wanted: ListenAddress, open: Open) => {
    try {
      const { port } = await open(wanted.host, wanted.port);
      addresses.push({ name, address: `${scheme}${listenText({ ...wanted, port })}` });
    } catch (error) {
      if (error instanceof ColocalError) throw error;
      throw listenFailure(error, { name, address: listenText(wanted), flag: `listen.${name}` });
    }
  };
  for (const name of ['api', 'connectors', 'http', 'https', 'on_ramp'] as const) {
    const wanted = config.listen[name];
    if (wanted) await opening(name, `${SCHEMES[name]}://`, wanted, open[name]);
  }
  // No scheme: these are written into --edge as they are, and into a resolver's configuration.
  for (const wanted of config.listen.cloudflared) {
    await opening('cloudflared', '', wanted, (host, port) => open.cloudflared(host, port, wanted.dataCenter));
  }
  if (config.listen.dns) await opening('dns', '', config.listen.dns, open.dns);
}
