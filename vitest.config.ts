import { defineConfig } from 'vitest/config';

const { CI, EXPECT_NODE, TEST_REPORT } = process.env;

// Continuous integration runs the tests on two versions of Node, and must notice when one was run twice.
if (EXPECT_NODE && !process.version.startsWith(`v${EXPECT_NODE}.`)) {
  throw new Error(`these tests were to run on Node ${EXPECT_NODE}, and this is ${process.version}`);
}

const progress = CI ? 'dot' : 'default';

export default defineConfig({
  test: {
    include: ['{runtime,protocol,emulator,agents,origins,test,lint,scripts,bench}/**/*.test.ts'],
    // Separate processes: system tests start servers and children, and must not share one event loop.
    pool: 'forks',
    maxWorkers: 2,
    // Safety nets only. Tests advance a clock or await an event, so that none comes near these.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    reporters: TEST_REPORT ? [progress, 'json'] : [progress],
    ...(TEST_REPORT ? { outputFile: { json: TEST_REPORT } } : {}),
  },
});
