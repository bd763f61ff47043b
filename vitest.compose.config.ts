import { defineConfig } from 'vitest/config';
import base from './vitest.config.js';

/** `npm run test:compose`. `npm test` leaves these out: they need a Docker engine, and minutes. */
export default defineConfig({
  test: {
    ...base.test,
    include: ['test/compose/**/*.docker.ts'],
    globalSetup: ['test/compose/support/image.ts'],
    // Each has a dozen containers on the machine at once.
    fileParallelism: false,
    // Safety nets, for a machine that builds and starts containers slowly.
    testTimeout: 300_000,
    hookTimeout: 900_000,
  },
});
