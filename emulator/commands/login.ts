import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import * as z from 'zod';
import { ColocalError, defineError, messageOf } from '../../runtime/errors.js';
import type { CommandContext } from './context.js';
import { createEdgeClient, EDGE_CLIENT_HELP, type EdgeClient, readAnswer } from './edge-client.js';
import { assignment } from './token-env.js';

export const tokenNeeded = defineError<Record<string, never>>('LOGIN_NEEDS_TOKEN', {
  message: () => 'the certificate holds the account’s API token, and COLOCAL_API_TOKEN is not set',
  fix: () => 'set COLOCAL_API_TOKEN to account.api_token of colocal.yaml; without one there, each run has a random one',
});

export const tokenRefused = defineError<Record<string, never>>('LOGIN_TOKEN_REFUSED', {
  message: () => 'the edge does not take COLOCAL_API_TOKEN: it is not its account.api_token',
  fix: () => 'use account.api_token of its colocal.yaml',
});

export const noZone = defineError<{ wanted?: string; known: readonly string[] }>('LOGIN_ZONE_UNKNOWN', {
  message: (d) => (d.wanted === undefined ? 'the edge has no zone' : `the edge has no zone "${d.wanted}"`),
  fix: (d) =>
    d.known.length === 0
      ? 'add one under zones: cloudflared publishes host names in it'
      : `zones are: ${d.known.join(', ')}`,
});

export const certificateExists = defineError<{ path: string }>('CERTIFICATE_EXISTS', {
  message: (d) => `${d.path} is there already; it may be the certificate of a real account`,
  fix: () => 'write elsewhere with --output FILE, or over it with --force',
});

export const certificateNotWritten = defineError<{ path: string; reason: string }>('CERTIFICATE_NOT_WRITTEN', {
  message: (d) => `${d.path} cannot be written: ${d.reason}`,
  fix: () => 'write elsewhere with --output FILE',
});

export function registerLogin(program: Command, context: CommandContext): void {
  program
    .command('login')
    .description("write the certificate with which cloudflared's own commands use a running edge")
    .option('-o, --output <file>', 'where to write it', join(homedir(), '.cloudflared', 'cert.pem'))
    .option('--zone <name>', 'the zone of `cloudflared tunnel route dns` and `route lb`; default: the first')
    .option('-f, --force', 'write over a file that is there')
    .addHelpText('after', EDGE_CLIENT_HELP)
    .action(async ({ output, zone, force }: LoginOptions) => {
      const client = createEdgeClient(process.env);
      const path = resolve(output);
      await writeCertificate(path, certificateOf(await credentialsFrom(client, zone)), force === true);
      context.print(
        [assignment('TUNNEL_ORIGIN_CERT', path), assignment('TUNNEL_API_URL', `${client.url}/client/v4`)].join('\n'),
      );
      context.warn(
        `${path} is written: with these two variables, cloudflared tunnel create, list, route and the others use this edge`,
      );
    });
}

interface LoginOptions {
  readonly output: string;
  readonly zone?: string;
  readonly force?: true;
}

/** What the certificate holds (docs/reference/api.md 2.6). */
interface LoginCredentials {
  readonly zoneID: string;
  readonly accountID: string;
  readonly apiToken: string;
}

const stateAnswer = z.object({
  account: z.object({ id: z.string() }),
  zones: z.array(z.object({ id: z.string(), name: z.string() })),
});

/** @throws LOGIN_NEEDS_TOKEN, LOGIN_TOKEN_REFUSED, LOGIN_ZONE_UNKNOWN, and what EdgeClient throws */
async function credentialsFrom(client: EdgeClient, wanted: string | undefined): Promise<LoginCredentials> {
  const apiToken = process.env.COLOCAL_API_TOKEN;
  if (!apiToken) throw tokenNeeded({});
  const { account, zones } = readAnswer(client.url, await client.get('/colocal/v1/state'), stateAnswer);
  const zone = wanted === undefined ? zones[0] : zones.find(({ id, name }) => name === wanted || id === wanted);
  if (!zone) throw noZone({ ...(wanted !== undefined && { wanted }), known: zones.map(({ name }) => name) });
  await checkToken(client, account.id);
  return { zoneID: zone.id, accountID: account.id, apiToken };
}

/** Loopback asks for no token, the API always does: that it is wrong is better told now than by cloudflared. */
async function checkToken(client: EdgeClient, account: string): Promise<void> {
  try {
    await client.get(`/client/v4/accounts/${account}/cfd_tunnel?per_page=1`);
  } catch (error) {
    // The edge is one: it has told its state.
    if (error instanceof ColocalError && error.code === 'NOT_AN_EDGE') throw tokenRefused({}, { cause: error });
    throw error;
  }
}

/** A PEM block whose bytes are JSON, as cloudflared reads it. */
export function certificateOf(credentials: LoginCredentials): string {
  const base64 = Buffer.from(JSON.stringify(credentials)).toString('base64');
  const lines = base64.match(/.{1,64}/g) ?? [];
  return ['-----BEGIN ARGO TUNNEL TOKEN-----', ...lines, '-----END ARGO TUNNEL TOKEN-----', ''].join('\n');
}

/** Only its owner may read it: it opens the account. @throws CERTIFICATE_EXISTS, CERTIFICATE_NOT_WRITTEN */
async function writeCertificate(path: string, certificate: string, over: boolean): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, certificate, { mode: 0o600, flag: over ? 'w' : 'wx' });
    // A file that was there keeps the mode that it had.
    if (over) await chmod(path, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw certificateExists({ path }, { cause: error });
    throw certificateNotWritten({ path, reason: messageOf(error) }, { cause: error });
  }
}
