import { execFile } from 'node:child_process';
import { cp, mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { runCommand } from './command';
import { GO_VERSION, type GoComponent, type GoModuleFiles } from './components';
import { CHECKOUT } from './paths';

/** Variables of Go commands, with Go's caches in the cache folder. */
const goEnvironment = (cache: string): NodeJS.ProcessEnv => ({
  ...process.env,
  CGO_ENABLED: '0',
  GOMODCACHE: join(cache, 'go', 'mod'),
  GOCACHE: join(cache, 'go', 'build'),
  // Go makes its module cache read-only by default, and `rm -rf` of the cache folder would fail.
  GOFLAGS: '-modcacherw',
  // Compilers and linkers collect garbage only when they need much memory: a build takes a sixth less time.
  GOGC: 'off',
  GOMEMLIMIT: '2GiB',
});

/** Downloads a Go module, which Go verifies, and copies the wanted files of it into the folder `output`. */
export async function copyGoModuleFiles(
  { binaries, filesOf, version }: GoModuleFiles,
  cache: string,
  output: string,
): Promise<void> {
  const module = `${filesOf}@v${version}`;
  const options = { cwd: cache, env: goEnvironment(cache) };
  await runCommand('go', ['mod', 'download', module], options);
  for (const file of binaries) {
    await mkdir(dirname(join(output, file)), { recursive: true });
    await cp(join(cache, 'go', 'mod', ...module.split('/'), file), join(output, file));
  }
}

/** Builds the packages of a component into the folder `output`, with Go's caches in the cache folder. */
export async function buildWithGo(component: GoComponent, cache: string, output: string): Promise<void> {
  const { source, packages } = component;
  const flags = ['-trimpath', '-ldflags', `-s -w ${component.linkerFlags ?? ''}`.trim()];
  const env = goEnvironment(cache);
  if ('install' in source) {
    const targets = packages.map((name) => `${name}@v${component.version}`);
    await runCommand('go', ['install', ...flags, ...targets], { cwd: cache, env: { ...env, GOBIN: output } });
    const [name = '', ...others] = packages.map((path) => basename(path));
    if (others.length === 0) await rename(join(output, name), join(output, component.binaries[0] ?? name));
    return;
  }
  // For one package `-o` names the file, for several a folder.
  const file = packages.length === 1 ? join(output, component.binaries[0] ?? '') : `${output}/`;
  await runCommand('go', ['build', ...flags, '-o', file, ...packages], {
    cwd: join(CHECKOUT, 'stack', 'modules', source.module),
    // Programs of our own would else ask git about the checkout, which may belong to another user.
    env: { ...env, GOFLAGS: '-mod=readonly -modcacherw -buildvcs=false' },
  });
}

/** @throws Error with advice if Go is missing or too old. */
export async function checkGo(): Promise<void> {
  const advice =
    `Go ${GO_VERSION} is needed to build the stack (any Go from 1.21 on fetches it by itself): ` +
    'install it from https://go.dev/dl/ or with your package manager, and put "go" on the PATH';
  const output = await promisify(execFile)('go', ['version'], { env: process.env }).then(
    ({ stdout }) => stdout,
    () => {
      throw new Error(advice);
    },
  );
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(output) ?? [];
  if (Number(major) * 1000 + Number(minor) < 1021) throw new Error(`${output.trim()} is too old. ${advice}`);
}
