import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Component, PythonComponent, PythonProject } from '../components';
import { CHECKOUT } from '../paths';

/** The supported major versions of JupyterHub. */
export const HUB_VERSIONS = [5, 6] as const;

export type HubVersion = (typeof HUB_VERSIONS)[number];

/** Parses the version of an option or a variable. @throws Error for others. */
export function hubVersionOf(text: string): HubVersion {
  const version = HUB_VERSIONS.find((one) => String(one) === text);
  if (!version) throw new Error(`there is no JupyterHub ${text} here: use ${HUB_VERSIONS.join(' or ')}`);
  return version;
}

/** `api`: REST API and tokens only. `full`: with proxy and the Nublado plugins, behind the ingress. */
export type HubKind = 'api' | 'full';

/** A Python environment, which is built again after any change of its requirements. */
function environment(name: string, version: string, file: string, binary: string): PythonComponent {
  const requirements = join(__dirname, file);
  return { name, version: `${version}-${digest([requirements])}`, requirements, binaries: [binary] };
}

function digest(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 8);
}

function sourcesOf(project: string): string[] {
  const entries = readdirSync(join(project, 'src'), { recursive: true, withFileTypes: true });
  const sources = entries.filter((entry) => entry.isFile() && !entry.parentPath.endsWith('__pycache__'));
  return [join(project, 'pyproject.toml'), ...sources.map(({ name, parentPath }) => join(parentPath, name))];
}

const HUBS: Readonly<Record<HubVersion, PythonComponent>> = {
  5: environment('jupyterhub', '5.5.4', 'requirements-5.txt', 'bin/python'),
  6: environment('jupyterhub', '6.1.1', 'requirements.txt', 'bin/python'),
};

function plugins(builder: PythonComponent): PythonProject {
  const project = join(CHECKOUT, 'hub');
  const version = digest(sourcesOf(project).toSorted());
  return { name: 'nublado-hub', version, project, builder, binaries: ['nublado_hub'] };
}

/** The Python packages of the hub's image of Zero to JupyterHub, for tests only. */
export const K8S_HUB = environment('k8s-hub', '4.4.0', 'requirements-k8s-hub.txt', 'bin/python');

/** These, whose `python` is the last one, and the plugins. */
export const k8sHubComponents = (): Component[] => [HUBS[6], plugins(HUBS[6]), K8S_HUB];

/** The components of a JupyterHub of that version; of kind `full` with plugins and JupyterLab. */
export function hubComponents(kind: HubKind, version: HubVersion): Component[] {
  const hub = HUBS[version];
  if (kind === 'api') return [hub];
  const lab = environment('jupyterlab', '4.6.6', 'requirements-lab.txt', 'bin/jupyter-lab');
  return [hub, plugins(hub), lab];
}
