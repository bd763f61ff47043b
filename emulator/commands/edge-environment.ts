import { renameSync, writeFileSync } from 'node:fs';
import type { ListenerName } from '../config/index.js';

/**
 * The variables that lead programs to an edge: colocal's own commands, the SDKs of the v4 API, and tests. Of listeners
 * that are off there is none.
 */
export function environmentOf(
  urls: Readonly<Partial<Record<ListenerName, string | undefined>>>,
  token: string,
): Readonly<Record<string, string>> {
  const found = {
    COLOCAL_HTTP_URL: urls.http,
    COLOCAL_HTTPS_URL: urls.https,
    COLOCAL_CONNECTORS_URL: urls.connectors,
    COLOCAL_ON_RAMP_URL: urls.on_ramp,
    ...(urls.api !== undefined && {
      COLOCAL_URL: urls.api,
      COLOCAL_API_TOKEN: token,
      CLOUDFLARE_BASE_URL: `${urls.api}/client/v4`,
      CLOUDFLARE_API_TOKEN: token,
    }),
  };
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** As `NAME=VALUE` lines. The file appears whole, and only its owner may read it: it has the API's token. */
export function writeEnvironment(file: string, environment: Readonly<Record<string, string>>): void {
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(`${file}~`, lines.join(''), { mode: 0o600 });
  renameSync(`${file}~`, file);
}
