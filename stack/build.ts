import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { COMPONENTS, type Component, GO_VERSION } from './components';
import { withLock } from './lock';
import { CHECKOUT, cacheDirectory } from './paths';

/** Says a line to whoever waits for a build or a start. */
export type Progress = (line: string) => void;

export interface BuildOptions {
  readonly components?: readonly Component[];
  /** The cache folder; `cacheDirectory()` by default. */
  readonly cache?: string;
  readonly progress?: Progress;
}

/** Absolute paths of binaries by their names. */
export type Binaries = Readonly<Record<string, string>>;

/**
 * Builds the components whose pinned version is not in the cache yet and gives the paths of all binaries.
 * Safe to run several times at once; an interrupted build leaves nothing that looks finished.
 *
 * @throws Error if Go is missing or too old, or with the compiler's last lines if a build fails.
 */
export async function buildComponents(options: BuildOptions = {}): Promise<Binaries> {
  const { components = COMPONENTS, cache = cacheDirectory(), progress = () => undefined } = options;
  const isMissing = (component: Component) => !existsSync(directoryOf(component, cache));
  if (components.some(isMissing)) {
    await checkGo();
    await withLock(
      join(cache, 'stack', '.lock'),
      () => progress('another build is running, waiting for it'),
      async () => {
        await removeInterrupted(cache);
        for (const [index, component] of components.entries()) {
          const label = `[${index + 1}/${components.length}] ${component.name} ${component.version}`;
          if (isMissing(component)) await build(component, cache, label, progress);
          else progress(`${label}: already built`);
        }
      },
    );
  }
  return Object.fromEntries(
    components.flatMap((component) =>
      component.binaries.map((binary) => [binary, join(directoryOf(component, cache), binary)]),
    ),
  );
}

function directoryOf(component: Component, cache: string): string {
  return join(cache, 'stack', `${component.name}-${component.version}`);
}

const PARTIAL = '.building-';

async function removeInterrupted(cache: string): Promise<void> {
  for (const entry of await readdir(join(cache, 'stack'))) {
    if (entry.startsWith(PARTIAL)) await rm(join(cache, 'stack', entry), { recursive: true });
  }
}

async function build(component: Component, cache: string, label: string, progress: Progress): Promise<void> {
  const start = Date.now();
  const elapsed = () => `${Math.round((Date.now() - start) / 1000)} s`;
  const partial = join(cache, 'stack', `${PARTIAL}${component.name}-${process.pid}`);
  await mkdir(partial, { recursive: true });
  progress(`${label}: building`);
  const ticking = setInterval(() => progress(`${label}: building, ${elapsed()}`), 10_000);
  try {
    await runGo(component, cache, partial);
    const absent = component.binaries.filter((binary) => !existsSync(join(partial, binary)));
    if (absent.length > 0) throw new Error(`${label}: go built no ${absent.join(', ')}`);
    await rename(partial, directoryOf(component, cache));
  } finally {
    clearInterval(ticking);
    await rm(partial, { recursive: true, force: true });
  }
  progress(`${label}: built in ${elapsed()}`);
}

async function runGo(component: Component, cache: string, output: string): Promise<void> {
  const { source, packages } = component;
  const flags = ['-trimpath', '-ldflags', `-s -w ${component.linkerFlags ?? ''}`.trim()];
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    CGO_ENABLED: '0',
    GOMODCACHE: join(cache, 'go', 'mod'),
    GOCACHE: join(cache, 'go', 'build'),
    // Go writes its module cache read-only; this keeps `rm -rf` of the cache folder working.
    GOFLAGS: '-modcacherw',
  };
  if ('install' in source) {
    const targets = packages.map((name) => `${name}@v${component.version}`);
    await go(['install', ...flags, ...targets], cache, { ...environment, GOBIN: output });
    return;
  }
  // With one package go names the file as told; with several it needs a folder.
  const file = packages.length === 1 ? join(output, component.binaries[0] ?? '') : `${output}/`;
  await go(['build', ...flags, '-o', file, ...packages], join(CHECKOUT, 'stack', 'modules', source.module), {
    ...environment,
    GOFLAGS: '-mod=readonly -modcacherw',
  });
}

async function go(args: string[], directory: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn('go', args, { cwd: directory, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const keep = (chunk: Buffer) => {
    lines.push(...chunk.toString().split('\n').filter(Boolean));
    lines.splice(0, lines.length - 20);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`go ${args[0]} ended with ${code}:\n${lines.join('\n')}`);
}

async function checkGo(): Promise<void> {
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
