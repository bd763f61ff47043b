import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** The real program: TERRAFORM_BIN, or `terraform` or `tofu` on PATH. */
const BINARY: string | undefined =
  process.env.TERRAFORM_BIN ??
  (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => [join(folder, 'terraform'), join(folder, 'tofu')])
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

/** The provider is never fetched: it comes from where the configuration of the program, or this machine, has it. */
const INIT = ['init', '-no-color', '-input=false', '-backend=false'];
/** Milliseconds: the provider is some hundred megabytes, and its first start is slow. */
const PROVIDER_TIMEOUT = 60_000;

/** A folder with a configuration, and the program run in it. */
export interface Terraform {
  /** Writes the configuration in place of the one before. */
  write(hcl: string): void;
  run(...args: readonly string[]): Promise<{ readonly status: number | null; readonly said: string }>;
}

const REQUIRED = `
terraform {
  required_providers {
    cloudflare = {
      source  = "cloudflare/cloudflare"
      version = ">= 5.0.0, < 6.0.0"
    }
  }
}
`;

/** Whether the program and the provider are there; if not, what is missing. */
export const MISSING: string | undefined = missing();

if (MISSING !== undefined) console.error(`NOT TESTED: Terraform itself: ${MISSING}`);

function missing(): string | undefined {
  if (BINARY === undefined) return 'neither terraform nor tofu is on PATH, and TERRAFORM_BIN does not name one';
  const folder = mkdtempSync(join(tmpdir(), 'colocal-terraform-'));
  try {
    writeFileSync(join(folder, 'main.tf'), REQUIRED);
    const done = spawnSync(BINARY, INIT, {
      cwd: folder,
      env: environment(),
      encoding: 'utf8',
      timeout: PROVIDER_TIMEOUT,
    });
    if (done.status === 0 && readdirSync(folder).includes('.terraform')) return undefined;
    return 'the provider cloudflare/cloudflare 5 is not on this machine (a filesystem mirror that TF_CLI_CONFIG_FILE names)';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** With a proxy that nobody listens at, so that nothing but this machine is asked. */
function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return {
    ...process.env,
    CHECKPOINT_DISABLE: '1',
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    TF_REGISTRY_DISCOVERY_RETRY: '0',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: '127.0.0.1',
    ...more,
  };
}

/** A working folder with the provider, which speaks to `url` and nothing else. */
export async function useTerraform(url: string, token: string): Promise<Terraform> {
  const folder = mkdtempSync(join(tmpdir(), 'colocal-terraform-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const env = environment({ CLOUDFLARE_BASE_URL: `${url}/`, CLOUDFLARE_API_TOKEN: token });
  const run: Terraform['run'] = (...args) =>
    new Promise((resolve, reject) => {
      const child = spawn(BINARY ?? '', args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk) => {
          said += chunk;
        });
      }
      child.once('error', reject);
      child.once('close', (status) => resolve({ status, said }));
    });
  const terraform: Terraform = { run, write: (hcl) => writeFileSync(join(folder, 'main.tf'), `${REQUIRED}\n${hcl}`) };
  terraform.write('');
  const done = await run(...INIT);
  if (done.status !== 0) throw new Error(done.said);
  return terraform;
}
