import { SERVED } from '../../protocol/served.js';
import { type ConfigurationPath, invalid } from './problem.js';

/** What an ingress rule sends its requests to. */
export type Service =
  | { readonly kind: 'origin'; readonly scheme: 'http' | 'https'; readonly host: string; readonly port: number }
  | {
      readonly kind: 'status';
      readonly status: number;
      /** `connector`: it stands for a service that cannot be carried. Absent: the rule says so. */
      readonly source?: 'connector';
    }
  | { readonly kind: 'hello_world' };

/** What takes the place of a service that cannot be carried. */
export const UNSERVED: Service = { kind: 'status', status: 502, source: 'connector' };

const STATUS = /^http_status:(.*)$/;

/** Reads a rule's `service`. The messages that cloudflared has are cloudflared's (docs/reference/api.md 5.3). */
export function parseService(text: unknown, path: ConfigurationPath): Service {
  if (typeof text !== 'string' || text === '') throw invalid(path, 'an ingress rule needs a service');
  if (text === 'hello_world' || text === 'hello-world' || text === 'helloworld') return { kind: 'hello_world' };
  const status = STATUS.exec(text)?.[1];
  if (status !== undefined) return parseStatus(status, path);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.host === '') {
    throw invalid(path, `${text} is an invalid address, please make sure it has a scheme and a hostname`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw invalid(path, `${text} has a scheme this connector does not serve: use ${SERVED}`);
  }
  if ((url.pathname !== '/' && url.pathname !== '') || url.search !== '' || url.hash !== '') {
    throw invalid(
      path,
      `${text} is an invalid address, ingress rules don't support proxying to a different path on the origin service. ` +
        "The path will be the same as the eyeball request's path",
    );
  }
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port);
  return { kind: 'origin', scheme, host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

function parseStatus(text: string, path: ConfigurationPath): Service {
  const status = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(status >= 100 && status <= 999)) throw invalid(path, `invalid HTTP status code "${text}"`);
  if (status < 200)
    throw invalid(path, `invalid HTTP status code "${text}": a response cannot end with an interim status`);
  return { kind: 'status', status };
}
