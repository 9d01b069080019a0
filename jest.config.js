/** Two groups: `fast` needs no server and runs in seconds; `servers` shares one real stack. */
const shared = {
  rootDir: __dirname,
  roots: ['<rootDir>/test', '<rootDir>/src', '<rootDir>/stack'],
  testEnvironment: 'node',
  // A dynamic import names the compiled file, as Node requires.
  moduleNameMapper: { '^\\./authenticators\\.js$': '<rootDir>/src/kubernetes/authenticators.ts' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, sourceMaps: 'inline' },
    ],
  },
};

const tests = (...levels) => levels.map((level) => `<rootDir>/test/${level}/**/*.test.ts`);

module.exports = {
  // Tests often wait for servers: on two cores three workers keep both busy, and Jest's own choice is one.
  maxWorkers: 3,
  // For what hangs; not a measure of how long anything may take.
  testTimeout: 300_000,
  projects: [
    {
      ...shared,
      displayName: 'fast',
      testMatch: tests('unit', 'objects', 'activities', 'replay'),
    },
    {
      ...shared,
      displayName: 'servers',
      testMatch: tests(
        'stack',
        'kubernetes',
        'workflows',
        'api',
        'bench',
        'browser',
        'e2e',
        'faults',
        'webdav',
      ),
      globalSetup: '<rootDir>/test/support/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
    },
  ],
};
