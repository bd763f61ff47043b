import { readFile } from 'node:fs/promises';
import { encodeToken } from '../../protocol/token.js';
import { messageOf } from '../../runtime/errors.js';
import { badConfiguration, missingToken, unreadableFile } from '../errors.js';

/** Where the token of a tunnel may come from; the first that is given counts, as for cloudflared. */
export interface TokenSources {
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly credentialsFile?: string | undefined;
}

/**
 * The token of the tunnel.
 *
 * @throws MISSING_TUNNEL_TOKEN, UNREADABLE_FILE, BAD_CONNECTOR_CONFIGURATION for a credentials file that is none
 */
export async function findToken(given: TokenSources, ofConfigFile: string | undefined): Promise<string> {
  if (given.token !== undefined) return given.token;
  if (given.tokenFile !== undefined) return (await readText('token file', given.tokenFile)).trim();
  if (given.credentialsFile !== undefined) return readCredentialsFile(given.credentialsFile);
  if (ofConfigFile === undefined) throw missingToken({});
  return ofConfigFile;
}

/**
 * A credentials file holds what a token holds (docs/reference/api.md 5.1, 5.2).
 *
 * @throws UNREADABLE_FILE, BAD_CONNECTOR_CONFIGURATION
 */
export async function readCredentialsFile(file: string): Promise<string> {
  const text = await readText('credentials file', file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badConfiguration({ where: `${file}:1:1`, problem: `it is not JSON: ${messageOf(error)}` });
  }
  const { AccountTag, TunnelSecret, TunnelID } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (typeof AccountTag !== 'string' || typeof TunnelSecret !== 'string' || typeof TunnelID !== 'string') {
    throw badConfiguration({ where: `${file}:1:1`, problem: 'it lacks AccountTag, TunnelSecret or TunnelID' });
  }
  return encodeToken({ accountId: AccountTag, tunnelId: TunnelID, secret: TunnelSecret });
}

/** @throws UNREADABLE_FILE, which says what it was to be. */
export async function readText(what: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw unreadableFile({ what, file, why: messageOf(error) }, { cause: error });
  }
}
