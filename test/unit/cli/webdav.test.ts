import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freeLoopbackPort } from '../../../src/process/address';

const MAIN = join(__dirname, '../../../src/cli/main.ts');

/** Runs a file server to its end; it prints at its end which packages it has loaded. */
async function fileServer(variables: Record<string, string>, options: readonly string[] = []) {
  const hook = `data:text/javascript,import{createRequire}from'node:module';const{cache}=createRequire('/');process.on('exit',()=>console.log('loaded',[...new Set(Object.keys(cache).map((path)=>path.split('node_modules/')[1]?.split('/')[0]))].filter((name)=>name&&!['tsx','esbuild'].includes(name)).toSorted().join()))`;
  const child = spawn(process.execPath, ['--import', hook, '--import', 'tsx', MAIN, 'webdav', ...options], {
    env: {
      PATH: process.env['PATH'],
      WORBLEHAT_DIR: mkdtempSync(join(tmpdir(), 'nublado-idle-')),
      ...variables,
    },
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  return { code: code as number, output };
}

test('a file server without use ends well, and has loaded little', async () => {
  const port = String(await freeLoopbackPort());
  const { code, output } = await fileServer({ WORBLEHAT_PORT: port, WORBLEHAT_TIMEOUT: '1' });
  expect([code, output]).toEqual([0, expect.stringContaining('"reason":"idle"')]);
  const loaded = output.split('loaded ')[1]?.trim().split(',') ?? [];
  expect(loaded).toContain('pino');
  for (const name of ['fastify', 'undici', 'zod', 'yaml', '@temporalio', '@kubernetes'])
    expect(loaded).not.toContain(name);
});

test('a wrong variable is told in one line', async () => {
  const { code, output } = await fileServer({ WORBLEHAT_TIMEOUT: 'soon' });
  expect(code).toBe(1);
  expect(output).toContain('WORBLEHAT_TIMEOUT must be a whole number from 1 to 31536000, not "soon"\n');
});

test.each([
  [['--user=rachel'], '--user and --hub-api-url need each other'],
  [['--user=rachel', '--hub-api-url=hub'], '--hub-api-url must be the URL'],
  [['--users=rachel'], 'unknown option'],
  [['rachel'], 'too many arguments'],
])('with the options %j it does not serve without authentication, but ends', async (options, message) => {
  const { code, output } = await fileServer({}, options);
  expect(code).toBe(1);
  expect(output).toContain(message);
});
