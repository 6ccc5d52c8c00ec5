import { defineConfig } from 'vitest/config';

// Forks, not threads: zeromq.js aborts the whole process when a worker thread ends with a receive pending.
export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
          exclude: ['test/e2e/**', 'test/store/etcd/**'],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts', 'test/store/etcd/**/*.test.ts'],
          globalSetup: 'test/support/built.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // They mostly wait; and after the others, whose timing they would disturb.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
