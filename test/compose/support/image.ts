import type { TestProject } from 'vitest/node';
import { docker, noEngine } from './docker.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Name of the image of all parts, which is built once for all the tests. */
    readonly image: string;
  }
}

/** Builds the image before the first test, as compose.yaml says; returns what removes it after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const image = `colocal-test-${process.pid}`;
  project.provide('image', image);
  const missing = noEngine();
  if (missing) {
    console.warn(`NO DOCKER ENGINE (${missing}): the compose tests are SKIPPED. scripts/docker-engine.sh up`);
    return async () => {};
  }
  await docker(['compose', '-f', 'compose.yaml', 'build'], { COLOCAL_IMAGE: image });
  return async () => {
    await docker(['image', 'rm', '--force', image]);
  };
}
