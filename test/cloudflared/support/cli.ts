import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { certificateOf } from '../../../emulator/commands/login.js';
import { ACCOUNT_ID, API_TOKEN, type ApiUnderTest, ZONE_ID } from '../../support/api.js';
import { CLOUDFLARED } from './binary.js';

/** How cloudflared's own commands ended. */
export interface Ended {
  readonly code: number;
  /** What it wrote, to standard output and then to standard error. */
  readonly said: string;
}

export interface CloudflaredCli {
  /** Runs `cloudflared tunnel ARGS` to its end. */
  tunnel(...args: string[]): Promise<Ended>;
  /** Its home: credentials files are in `.cloudflared` there. */
  readonly home: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** cloudflared's command line, pointed at an emulator as `colocal login` says. */
export async function useCli({ url, emu }: ApiUnderTest): Promise<CloudflaredCli> {
  const home = mkdtempSync(join(tmpdir(), 'colocal-cli-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  // cloudflared writes credentials files beside it.
  const certificate = join(home, '.cloudflared', 'cert.pem');
  mkdirSync(dirname(certificate));
  const credentials = { zoneID: ZONE_ID, accountID: ACCOUNT_ID, apiToken: API_TOKEN };
  writeFileSync(certificate, certificateOf(credentials), { mode: 0o600 });
  const ca = join(home, 'ca.pem');
  writeFileSync(ca, await emu.caPem());
  const environment = {
    HOME: home,
    TUNNEL_ORIGIN_CERT: certificate,
    TUNNEL_API_URL: url,
    TUNNEL_EDGE: emu.cloudflaredAddresses.join(','),
    TUNNEL_CACERT: ca,
    TUNNEL_TRANSPORT_PROTOCOL: 'http2',
    TUNNEL_METRICS: '127.0.0.1:0',
    NO_AUTOUPDATE: 'true',
  };
  return {
    home,
    environment,
    tunnel: (...args) =>
      new Promise((resolve) => {
        execFile(CLOUDFLARED ?? '', ['tunnel', ...args], { env: environment }, (error, out, err) =>
          resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, said: out + err }),
        );
      }),
  };
}
