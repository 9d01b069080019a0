import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Config, type ConfigVersion, configVersion } from '../src/config/config';
import { offerOf } from '../src/domain/images/offer';
import { imageList, prepullStatus } from '../src/domain/images/reports';
import { labObjects } from '../src/objects/lab/objects';
import { CHECKOUT } from '../stack/paths';
import { planOf } from './floor';
import { largeCatalogue } from './large-catalogue';
import { median } from './statistics';
import { markdown } from './tables';

/** Computation of the controller without I/O, in milliseconds and bytes. */
export interface CoreFigures {
  /** Loading and checking the largest example: the first time in this process, then the median. */
  readonly loadFirstMs: number;
  readonly loadMs: number;
  /** CPU time of building the objects of a lab with every option. */
  readonly buildCpuMs: number;
  /** Size of all its manifests as YAML. */
  readonly manifestBytes: number;
  /** CPU time of reading, sorting and offering a large repository: the first time, then the median. */
  readonly offerFirstCpuMs: number;
  readonly offerCpuMs: number;
}

/** Has every key. */
const EXAMPLE = join(CHECKOUT, 'test/data/config/every-key.yaml');
const ENVIRONMENT = { REPERTOIRE_BASE_URL: 'https://repertoire.example', NUBLADO_CONTROLLER_TAG: 'any' };

const LOADS = 50;
const BUILDS = 2_000;
const OFFERS = 50;

const NO_FILTER = { number: null, ageMs: null, cutoffDate: null, cutoffBuild: null, cutoffVersion: null };
const NO_FILTERS = {
  release: NO_FILTER,
  weekly: NO_FILTER,
  daily: NO_FILTER,
  releaseCandidate: NO_FILTER,
  experimental: NO_FILTER,
};

function timed(act: () => void): number {
  const begun = performance.now();
  act();
  return performance.now() - begun;
}

function cpuTimed(act: () => void): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** What the API computes after a refresh of a large repository: data of the form and both listings. */
function offerings({ images }: Config): { first: number; others: number[] } {
  const catalogue = largeCatalogue();
  const settings = {
    images: { ...images, source: { type: 'docker' as const }, cycle: null },
    dropdownMenu: NO_FILTERS,
  };
  const offer = () => {
    const offered = offerOf(catalogue, settings, Date.now());
    if (offered.dropdown.length === 0) throw new Error('nothing was offered');
    imageList(offered);
    prepullStatus(offered);
  };
  const first = cpuTimed(offer);
  return { first, others: Array.from({ length: OFFERS }, () => cpuTimed(offer)) };
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

/** Measures loading and building on this machine; takes about 2 s. */
export function measureCores(): CoreFigures {
  const text = readFileSync(EXAMPLE, 'utf8');
  const { first, others, version } = loadings(text);
  const { config } = version;
  const input = {
    config,
    plan: planOf('bench', `${config.lab.namespacePrefix}-bench`, 'any'),
    operationId: 'bench',
    secrets: { token: 'token', hubEnvironment: { JUPYTERHUB_API_TOKEN: 'token' }, environment: {} },
    copiedSecrets: { site: { type: 'Opaque', data: { butler: '' } } },
    pullSecret: { type: 'kubernetes.io/dockerconfigjson', data: {} },
    discovery: { datasets: {}, influxdbDatabases: {}, services: { internal: {} } },
  };
  const buildsCpuMs = cpuTimed(() => {
    for (let build = 0; build < BUILDS; build += 1) labObjects(input);
  });
  const offers = offerings(config);
  return {
    loadFirstMs: first,
    loadMs: median(others),
    buildCpuMs: buildsCpuMs / BUILDS,
    manifestBytes: stringify(labObjects(input)).length,
    offerFirstCpuMs: offers.first,
    offerCpuMs: median(offers.others),
  };
}

/** The figures as a Markdown table. */
export function coreTable(figures: CoreFigures): string {
  const { loadFirstMs, loadMs, buildCpuMs, manifestBytes, offerFirstCpuMs, offerCpuMs } = figures;
  return markdown(
    'Without any server',
    [
      'load and check every key, first ms',
      'median ms',
      'build a lab with every option, CPU ms',
      'KiB of YAML',
      'offer 2,000 tags, first CPU ms',
      'median CPU ms',
    ],
    [
      [
        loadFirstMs.toFixed(0),
        loadMs.toFixed(1),
        buildCpuMs.toFixed(2),
        (manifestBytes / 1024).toFixed(0),
        offerFirstCpuMs.toFixed(0),
        offerCpuMs.toFixed(1),
      ],
    ],
  );
}
