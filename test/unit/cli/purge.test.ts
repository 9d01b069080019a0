import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { aDirectory, withFiles } from '../init-containers/directories';
import { aFile, withAges } from '../purge/scratch';

const MAIN = join(__dirname, '../../../src/cli/main.ts');

interface Outcome {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function nublado(words: readonly string[], environment: Record<string, string> = {}): Promise<Outcome> {
  const { PATH } = process.env;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', MAIN, ...words],
      { env: { PATH, ...environment } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

/** Scratch space with one file that is due, and a policy for it. */
function aPolicy() {
  const root = withAges(aDirectory(), { old: 31, new: 1 });
  const interval = { modificationInterval: '30d' };
  const directories = [{ path: root, threshold: '1GiB', intervals: { small: interval, large: interval } }];
  const files = withFiles(aDirectory(), { 'policy.yaml': JSON.stringify({ directories }) });
  return { root, policy: join(files, 'policy.yaml') };
}

describe('nublado purge', () => {
  test('only reports, unless it is told to execute', async () => {
    const { root, policy } = aPolicy();
    for (const words of [['purge'], ['purge', 'report'], ['purge', 'execute', '--dry-run']]) {
      const { code, stdout } = await nublado([...words, '--policy-file', policy]);
      expect(code).toBe(0);
      expect(stdout).toBe(
        `${root}/old: not modified for 31d, limit 30d, 1 bytes\n` +
          '1 of 2 files (1 bytes) and 0 directories would be removed\n',
      );
    }
    await nublado(['purge', 'execute'], { NUBLADO_POLICY_FILE: policy, RSP_SCRATCHPURGER_DRY_RUN: 'true' });
    await nublado(['purge', 'execute'], { NUBLADO_POLICY_FILE: policy, NUBLADO_FUTURE_DURATION: '1d' });
    await nublado(['purge', 'warn', '--future-duration', '90d', '-p', policy]);
    expect(readdirSync(root).toSorted()).toEqual(['new', 'old']);
    const { stdout } = await nublado(['purger', 'execute', '--summary'], { NUBLADO_POLICY_FILE: policy });
    expect(stdout).toBe('1 of 2 files (1 bytes) and 0 directories removed\n');
    expect(readdirSync(root)).toEqual(['new']);
  });

  test('prints JSON lines, one per file whatever its name, and logs to standard error', async () => {
    const { root, policy } = aPolicy();
    aFile(join(root, 'two\nlines\u009b'), 31);
    const { stdout, stderr } = await nublado(['purge', 'warn', '-t', '60d', '--json', '-p', policy]);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ type, path }) => path ?? type)).toEqual(
      expect.arrayContaining([`${root}/two\nlines\u009b`, `${root}/new`, `${root}/old`, 'summary']),
    );
    expect(lines).toHaveLength(4);
    expect(stdout).not.toContain('\u009b');
    expect(lines.at(-1)).toMatchObject({ isDryRun: true, total: { removedFiles: 3, errors: 0 } });
    const events = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).event);
    expect(events).toEqual(['purge started', 'purge finished']);
  });

  test('exits with 1 for what cannot be used, with 2 for failures, and posts both', async () => {
    const posts: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        posts.push(JSON.parse(body).text);
        response.end('ok');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const hook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret`;
    const unusable = await nublado(['purge', '-p', '/missing.yaml'], { NUBLADO_ALERT_HOOK: hook });
    expect(unusable.code).toBe(1);
    const missing = '/missing<scratch>';
    const text = JSON.stringify({ directories: [{ path: missing, threshold: 0, intervals: {} }] });
    const policy = join(withFiles(aDirectory(), { 'policy.yaml': text }), 'policy.yaml');
    const failed = await nublado(['purge', '-p', policy], { NUBLADO_ALERT_HOOK: hook });
    expect(failed.code).toBe(2);
    server.close();
    expect(posts).toEqual([
      expect.stringMatching(/^Purge could not run\. [^]*\/missing\.yaml/),
      'Purge with 1 errors; 0 files removed\n/missing&lt;scratch&gt;: ENOENT: no such file or directory',
    ]);
    expect(unusable.stderr + failed.stderr).not.toContain('secret');
  });
});
