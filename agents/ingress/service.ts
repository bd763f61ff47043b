import { HTTP_SCHEMES, SERVED, TCP_PORTS } from '../../protocol/served.js';
import { type ConfigurationPath, invalid } from './problem.js';

/** What an ingress rule sends its requests to. */
export type Service =
  | {
      readonly kind: 'origin';
      readonly scheme: 'http' | 'https';
      readonly host: string;
      readonly port: number;
      /** A unix socket, dialled in place of host and port; those only stand where a URL needs them. */
      readonly socketPath?: string;
    }
  /** Bytes over TCP; the client speaks WebSocket, as `cloudflared access tcp` does. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** As `tcp`, to where the client says. */
  | { readonly kind: 'bastion' }
  | {
      readonly kind: 'status';
      readonly status: number;
      /** `connector`: it stands for a service that cannot be carried. Absent: the rule says so. */
      readonly source?: 'connector';
    }
  | { readonly kind: 'hello_world' };

/** What takes the place of a service that cannot be carried. */
export const UNSERVED: Service = { kind: 'status', status: 502, source: 'connector' };

const UNIX = /^unix(\+tls)?:(.*)$/;
const STATUS = /^http_status:(.*)$/;

/** Reads a rule's `service`. The messages that cloudflared has are cloudflared's (docs/reference/api.md 5.3). */
export function parseService(text: unknown, path: ConfigurationPath): Service {
  if (typeof text !== 'string' || text === '') throw invalid(path, 'an ingress rule needs a service');
  if (text === 'hello_world' || text === 'hello-world' || text === 'helloworld') return { kind: 'hello_world' };
  if (text === 'bastion') return { kind: 'bastion' };
  const status = STATUS.exec(text)?.[1];
  if (status !== undefined) return parseStatus(status, path);
  const [, overTls, socketPath] = UNIX.exec(text) ?? [];
  if (socketPath !== undefined) return parseUnix(socketPath.trim(), overTls !== undefined, path);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.host === '') {
    throw invalid(path, `${text} is an invalid address, please make sure it has a scheme and a hostname`);
  }
  // WHATWG's parser adds a path to URLs of HTTP: what was written counts.
  if (/^[^:]*:\/\/[^/?#]*\//.test(text) || url.search !== '' || url.hash !== '') {
    throw invalid(
      path,
      `${text} is an invalid address, ingress rules don't support proxying to a different path on the origin service. ` +
        "The path will be the same as the eyeball request's path",
    );
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const given = url.port === '' ? undefined : Number(url.port);
  const protocol = url.protocol.slice(0, -1);
  const scheme = HTTP_SCHEMES[protocol];
  if (scheme !== undefined) return { kind: 'origin', scheme, host, port: given ?? (scheme === 'https' ? 443 : 80) };
  const port = given ?? TCP_PORTS[protocol];
  if (port === undefined) throw invalid(path, `${text} has a scheme this connector does not serve: use ${SERVED}`);
  return { kind: 'tcp', host, port };
}

function parseUnix(socketPath: string, overTls: boolean, path: ConfigurationPath): Service {
  if (socketPath === '') throw invalid(path, 'a service on a unix socket needs the path of the socket');
  return overTls
    ? { kind: 'origin', scheme: 'https', host: 'localhost', port: 443, socketPath }
    : { kind: 'origin', scheme: 'http', host: 'localhost', port: 80, socketPath };
}

/** The service as a rule writes it: `http://localhost:3000`, `unix:/run/app.sock`, `tcp://localhost:22`. */
export function serviceText(service: Extract<Service, { kind: 'origin' | 'tcp' }>): string {
  if (service.kind === 'tcp') return `tcp://${authorityOf(service)}`;
  if (service.socketPath !== undefined) return `unix${service.scheme === 'https' ? '+tls' : ''}:${service.socketPath}`;
  return `${service.scheme}://${authorityOf(service)}`;
}

/** `HOST:PORT`, with brackets around IPv6. */
export function authorityOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function parseStatus(text: string, path: ConfigurationPath): Service {
  const status = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(status >= 100 && status <= 999)) throw invalid(path, `invalid HTTP status code "${text}"`);
  if (status < 200)
    throw invalid(path, `invalid HTTP status code "${text}": a response cannot end with an interim status`);
  return { kind: 'status', status };
}
