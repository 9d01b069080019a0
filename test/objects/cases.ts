import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject } from '@kubernetes/client-node';
import { parse } from 'yaml';
import * as z from 'zod';
import { parseConfig } from '../../src/config/config';
import { namespaceName } from '../../src/domain/lab-key';
import type { LabObjectsInput } from '../../src/objects/lab/input';
import { labObjects } from '../../src/objects/lab/objects';

/** Where the cases are, one directory each. */
export const CASES_PATH = join(__dirname, '../data/objects');

/** The names of all cases. */
export const CASES: readonly string[] = readdirSync(CASES_PATH, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const ENVIRONMENT = {
  EXTERNAL_INSTANCE_URL: 'https://data.example',
  REPERTOIRE_BASE_URL: 'https://data.example/repertoire',
  NUBLADO_CONTROLLER_REPOSITORY: 'ghcr.io/lsst-sqre/nublado',
  NUBLADO_CONTROLLER_TAG: '15.1.0',
};

const requestOf = (path: string): unknown => (existsSync(path) ? parse(readFileSync(path, 'utf8')) : {});

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What differs replaces, mapping by mapping. */
function merged(base: unknown, differences: unknown): unknown {
  if (!isMapping(base) || !isMapping(differences)) return differences;
  const replaced = Object.entries(differences).map(([key, value]) => [key, merged(base[key], value)]);
  return { ...base, ...Object.fromEntries(replaced) };
}

/** What a case's lab is built from. */
export function inputOf(name: string): LabObjectsInput {
  const { config } = parseConfig(readFileSync(join(CASES_PATH, name, 'config.yaml'), 'utf8'), ENVIRONMENT);
  const common = requestOf(join(CASES_PATH, 'request.yaml'));
  const request = merged(common, requestOf(join(CASES_PATH, name, 'request.yaml')));
  const { plan, ...rest } = z.custom<Omit<LabObjectsInput, 'config'>>().parse(request);
  const namespace = namespaceName(config.lab.namespacePrefix, plan.user.username);
  return { config, plan: { ...plan, namespace }, ...rest };
}

/** A lab's objects in the order in which they are created. */
export function manifestsOf(input: LabObjectsInput): KubernetesObject[] {
  const { namespace, claims, configMaps, secrets, quota, networkPolicy, pod } = labObjects(input);
  return [namespace, ...claims, ...configMaps, ...secrets, ...(quota ? [quota] : []), networkPolicy, pod];
}
