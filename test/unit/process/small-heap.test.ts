import { restartWithSmallHeap } from '../../../src/process/small-heap';

/** A process that records what replaces it. */
function aProcess(execArgv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const replacements: unknown[][] = [];
  const running = {
    argv: ['node', '/app/dist/cli/main.js', 'worker', '--ops=:8081'],
    execArgv: [...execArgv],
    execPath: '/usr/bin/node',
    env,
    execve: (...replacement: unknown[]) => void replacements.push(replacement),
  };
  return { running: running as unknown as NodeJS.Process, replacements };
}

test('a process is replaced by one with the options before its own, the same arguments, and its environment', () => {
  const { running, replacements } = aProcess(['--enable-source-maps'], { KUBECONFIG: '/k' });

  restartWithSmallHeap(running);

  expect(replacements).toEqual([
    [
      '/usr/bin/node',
      [
        '/usr/bin/node',
        '--max-semi-space-size=2',
        '--enable-source-maps',
        '/app/dist/cli/main.js',
        'worker',
        '--ops=:8081',
      ],
      { KUBECONFIG: '/k', MALLOC_ARENA_MAX: '2' },
    ],
  ]);
});

test.each([
  ['which has been replaced', ['--max-semi-space-size=2'], {}],
  ['whose size operators have set', [], { NODE_OPTIONS: '--max-semi-space-size=16' }],
])('a process %s goes on', (_, execArgv, env) => {
  const { running, replacements } = aProcess(execArgv, env);

  restartWithSmallHeap(running);

  expect(replacements).toEqual([]);
});
