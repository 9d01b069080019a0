import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type ConfigVersion, configVersion } from '../src/config/config-version';
import { labObjects } from '../src/objects/lab/objects';
import { CHECKOUT } from '../stack/paths';
import { planOf } from './floor';
import { median } from './statistics';
import { markdown } from './tables';

/** What the controller computes without asking anyone, in milliseconds and bytes. */
export interface CoreFigures {
  /** Reading and checking the largest example: for the first time in this process, then the median. */
  readonly loadFirstMs: number;
  readonly loadMs: number;
  /** Processor time of building the objects of a lab with every option. */
  readonly buildCpuMs: number;
  /** All of its manifests as YAML. */
  readonly manifestBytes: number;
}

/** Has every key. */
const EXAMPLE = join(CHECKOUT, 'test/data/config/every-key.yaml');
const ENVIRONMENT = { REPERTOIRE_BASE_URL: 'https://repertoire.example', NUBLADO_CONTROLLER_TAG: 'any' };

const LOADS = 50;
const BUILDS = 2_000;

function timed(act: () => void): number {
  const begun = performance.now();
  act();
  return performance.now() - begun;
}

function loadings(text: string): { first: number; others: number[]; version: ConfigVersion } {
  let version: ConfigVersion | null = null;
  const load = () => {
    version = configVersion(text, ENVIRONMENT, () => 'any');
  };
  const first = timed(load);
  const others = Array.from({ length: LOADS }, () => timed(load));
  if (!version) throw new Error('nothing was loaded');
  return { first, others, version };
}

/** Measures loading and building on this machine; takes about two seconds. */
export function measureCores(): CoreFigures {
  const text = readFileSync(EXAMPLE, 'utf8');
  const { first, others, version } = loadings(text);
  const { config } = version;
  const input = {
    config,
    plan: planOf('bench', `${config.lab.namespacePrefix}-bench`, 'any'),
    operationId: 'bench',
    secrets: { token: 'token', hubEnvironment: { JUPYTERHUB_API_TOKEN: 'token' } },
    copiedSecrets: { site: { type: 'Opaque', data: { butler: '' } } },
    pullSecret: { type: 'kubernetes.io/dockerconfigjson', data: {} },
    discovery: { datasets: {}, influxdbDatabases: {}, services: { internal: {} } },
  };
  const before = process.cpuUsage();
  for (let build = 0; build < BUILDS; build += 1) labObjects(input);
  const { user, system } = process.cpuUsage(before);
  return {
    loadFirstMs: first,
    loadMs: median(others),
    buildCpuMs: (user + system) / 1000 / BUILDS,
    manifestBytes: stringify(labObjects(input)).length,
  };
}

/** The figures as a table. */
export function coreTable({ loadFirstMs, loadMs, buildCpuMs, manifestBytes }: CoreFigures): string {
  return markdown(
    'Without any server',
    [
      'load and check every key, first ms',
      'median ms',
      'build a lab with every option, CPU ms',
      'KiB of YAML',
    ],
    [[loadFirstMs.toFixed(0), loadMs.toFixed(1), buildCpuMs.toFixed(2), (manifestBytes / 1024).toFixed(0)]],
  );
}
