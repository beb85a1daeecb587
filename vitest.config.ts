import { defineConfig } from 'vitest/config'

const project = (name: string, timeout: number, extra: object = {}) => ({
  test: {
    name,
    include: [`tests/${name}/**/*.test.ts`],
    testTimeout: timeout,
    hookTimeout: timeout * 2,
    expect: { poll: { timeout: 10_000 } },
    ...extra,
  },
})

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project('unit', 30_000),
      project('contracts', 20_000, { globalSetup: 'tests/support/global-setup.ts' }),
      project('integration', 30_000, { globalSetup: 'tests/support/global-setup.ts' }),
      project('corpus', 120_000, { globalSetup: 'tests/support/global-setup.ts' }),
      project('fault', 60_000, { globalSetup: 'tests/support/global-setup.ts' }),
      project('runtimes', 60_000, { globalSetup: 'tests/support/global-setup.ts' }),
      project('browser', 60_000, { globalSetup: 'tests/support/global-setup.ts', fileParallelism: false }),
    ],
  },
})
