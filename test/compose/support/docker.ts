import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { PROJECT } from '../../processes/support/project.js';

export type Environment = Readonly<Record<string, string>>;

/** More than any log that is read here. Bytes. */
const MOST_OUTPUT = 64 * 1024 * 1024;

/** Runs `docker ARGS` in the project's folder; resolves with what it printed, rejects with what it complained of. */
export async function docker(args: readonly string[], environment: Environment = {}): Promise<string> {
  const env = { ...process.env, ...environment };
  const { stdout } = await promisify(execFile)('docker', [...args], { cwd: PROJECT, env, maxBuffer: MOST_OUTPUT });
  return stdout.trim();
}

/** The words of {@link docker}'s output, e.g. ids. */
export async function dockerList(...args: readonly string[]): Promise<string[]> {
  return (await docker(args)).split(/\s+/).filter((word) => word !== '');
}

/**
 * Why the tests that need an engine cannot run; undefined when they can. `DOCKER_ENGINE=none`, which
 * scripts/docker-engine.sh says where it found none, settles it.
 */
export function noEngine(): string | undefined {
  if (process.env.DOCKER_ENGINE === 'none') return 'DOCKER_ENGINE=none';
  for (const args of [['info'], ['compose', 'version']]) {
    const { status } = spawnSync('docker', args, { stdio: 'ignore' });
    if (status !== 0) return `\`docker ${args.join(' ')}\` fails`;
  }
  return undefined;
}
