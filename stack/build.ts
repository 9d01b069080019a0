import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  COMPONENTS,
  type Component,
  type DebianComponent,
  type GoComponent,
  type GoModuleFiles,
  type PythonProject,
} from './components';
import { buildWithDebian, checkDebian } from './debian';
import { buildWithGo, checkGo, copyGoModuleFiles } from './go';
import { withLock } from './lock';
import { cacheDirectory } from './paths';
import { buildWithPython, checkPython, installProject } from './python';

/** Receives lines of text about a build or a start. */
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
 * Builds the components that are not in the cache at their pinned version, and returns the paths of all binaries. Can
 * run several times at once; an interrupted build is not taken for a complete one.
 *
 * @throws Error if Go, Python or Debian's tools are missing or too old, or with the last lines of a build that fails.
 */
export async function buildComponents(options: BuildOptions = {}): Promise<Binaries> {
  const { components = COMPONENTS, cache = cacheDirectory(), progress = () => undefined } = options;
  const isMissing = (component: Component) =>
    component.binaries.some((binary) => !existsSync(join(directoryOf(component, cache), binary)));
  const missing = components.filter(isMissing);
  if (missing.length > 0) {
    await checkTools(missing);
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
      component.binaries.map((binary) => [basename(binary), join(directoryOf(component, cache), binary)]),
    ),
  );
}

async function checkTools(missing: readonly Component[]): Promise<void> {
  if (missing.some((component) => isGo(component) || isGoFiles(component))) await checkGo();
  if (missing.some((component) => 'requirements' in component)) await checkPython();
  for (const component of missing) if (isDebian(component)) await checkDebian(component);
}

function isGo(component: Component): component is GoComponent {
  return 'source' in component;
}

function isGoFiles(component: Component): component is GoModuleFiles {
  return 'filesOf' in component;
}

function isProject(component: Component): component is PythonProject {
  return 'project' in component;
}

function isDebian(component: Component): component is DebianComponent {
  return 'debianPackages' in component;
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
    if (isGo(component)) await buildWithGo(component, cache, partial);
    else if (isGoFiles(component)) await copyGoModuleFiles(component, cache, partial);
    else if (isDebian(component)) await buildWithDebian(component, cache, partial);
    else if (isProject(component)) {
      await installProject(component, join(directoryOf(component.builder, cache), 'bin', 'python'), partial);
    } else await buildWithPython(component, partial);
    const absent = component.binaries.filter((binary) => !existsSync(join(partial, binary)));
    if (absent.length > 0) throw new Error(`${label}: the build left no ${absent.join(', ')}`);
    await rm(directoryOf(component, cache), { recursive: true, force: true });
    await rename(partial, directoryOf(component, cache));
  } finally {
    clearInterval(ticking);
    await rm(partial, { recursive: true, force: true });
  }
  progress(`${label}: built in ${elapsed()}`);
}
