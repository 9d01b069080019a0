import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type Stack, stackSchema } from '../../stack/description';
import { kubernetesApi } from '../../stack/kubernetes-api';
import { CHECKOUT, cacheDirectory, stackDirectory } from '../../stack/paths';
import { findStack, isAlive, stopStack } from '../../stack/state';
import { eventually } from '../support/eventually';
import { theStack } from '../support/stack';

const run = promisify(execFile);
const names: string[] = [];
const parents: ChildProcess[] = [];

function newName(): string {
  const name = `test-${randomBytes(4).toString('hex')}`;
  names.push(name);
  return name;
}

const tsx = (script: string, ...args: string[]) => ['--import', require.resolve('tsx'), script, ...args];

const commandLine = (...args: string[]) => tsx(join(CHECKOUT, 'stack', 'main.ts'), ...args);

function processesOf(stack: Stack): number[] {
  return [stack.supervisorPid, ...Object.values(stack.pids)];
}

async function livingProcesses(stack: Stack): Promise<number[]> {
  return processesOf(stack).filter(isAlive);
}

afterAll(async () => {
  for (const parent of parents) parent.kill('SIGKILL');
  for (const name of names) {
    const stack = findStack(name);
    if (stack) await stopStack(stack);
    await rm(stackDirectory(name), { recursive: true, force: true });
  }
});

test('a stack that a program started for itself ends with the program, however that ends', async () => {
  const name = newName();
  const parent = spawn(process.execPath, tsx(join(__dirname, 'parent.ts'), name), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  parents.push(parent);
  const [line] = await once(createInterface(parent.stdout), 'line');
  const stack = stackSchema.parse(JSON.parse(String(line)));
  expect(processesOf(stack)).toHaveLength(10);
  expect(await livingProcesses(stack)).toHaveLength(10);

  parent.kill('SIGKILL');
  await eventually(
    () => livingProcesses(stack),
    (living) => living.length === 0,
  );
  await eventually(
    () => readdir(stack.directory),
    (entries) => entries.join() === 'logs',
  );
});

test('a stack of the command line outlives it, keeps its state on request, and leaves nothing when killed', async () => {
  const name = newName();
  const up = async () => {
    const { stdout } = await run(
      process.execPath,
      commandLine('up', '--json', '--persistent', '--name', name),
    );
    return stackSchema.parse(JSON.parse(stdout));
  };
  const first = await up();
  expect(await livingProcesses(first)).toHaveLength(10);
  expect(first.kubernetes.server).not.toBe(theStack().kubernetes.server);
  expect(await up()).toEqual(first);
  const api = kubernetesApi(first.kubernetes.adminKubeconfig);
  expect((await api.send('POST', '/api/v1/namespaces', { metadata: { name: 'kept' } })).status).toBe(201);
  api.close();

  await run(process.execPath, commandLine('down', '--name', name));
  expect(await livingProcesses(first)).toEqual([]);
  expect(findStack(name)).toBeUndefined();

  const second = await up();
  const again = kubernetesApi(second.kubernetes.adminKubeconfig);
  expect((await again.send('GET', '/api/v1/namespaces/kept')).status).toBe(200);
  again.close();

  process.kill(second.supervisorPid, 'SIGKILL');
  await eventually(
    () => livingProcesses(second),
    (living) => living.length === 0,
  );
  expect(findStack(name)).toBeUndefined();
});

test('a process that fails at the start is named with its last words, and nothing stays', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'nublado-cache-'));
  const name = newName();
  const built = join(cacheDirectory(), 'stack');
  await mkdir(join(cache, 'stack'));
  for (const component of await readdir(built)) {
    if (!component.startsWith('etcd-')) {
      await symlink(join(built, component), join(cache, 'stack', component));
      continue;
    }
    await mkdir(join(cache, 'stack', component));
    const fake = join(cache, 'stack', component, 'etcd');
    await writeFile(fake, '#!/bin/sh\necho no space left >&2\nexit 3\n');
    await chmod(fake, 0o755);
  }
  const env = { ...process.env, NUBLADO_CACHE: cache };

  await expect(run(process.execPath, commandLine('up', '--name', name), { env })).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('etcd ended with exit code 3:\nno space left'),
  });
  expect(existsSync(join(cache, 'stacks', name, 'stack.json'))).toBe(false);
  const { stdout } = await run('ps', ['-ww', '-eo', 'args']);
  expect(stdout).not.toContain(cache);
  await rm(cache, { recursive: true });
});
