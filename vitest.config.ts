import { defineConfig } from 'vitest/config';

// Forks, not threads: zeromq.js aborts the whole process when a worker thread ends with a receive pending.
export default defineConfig({
  test: { pool: 'forks', include: ['test/**/*.test.ts', 'test/**/*.test.tsx'], testTimeout: 30_000 },
});
