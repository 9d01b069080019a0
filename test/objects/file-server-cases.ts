import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { type Config, parseConfig } from '../../src/config/config';
import type { PosixUser } from '../../src/domain/user';
import type { FileServerConfig, FileServerInput } from '../../src/objects/file-server/input';
import { fileServerObjects } from '../../src/objects/file-server/objects';
import { type FsadminInput, fsadminObjects } from '../../src/objects/fsadmin';

const DATA = join(__dirname, '../data');

/** Where the cases of each kind are, one directory each. */
export const FILE_SERVER_PATH = join(DATA, 'file-server');
export const FSADMIN_PATH = join(DATA, 'fsadmin');

const casesIn = (path: string): readonly string[] =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

export const FILE_SERVER_CASES = casesIn(FILE_SERVER_PATH);
export const FSADMIN_CASES = casesIn(FSADMIN_PATH);

interface Request {
  readonly baseUrl: string;
  readonly operationId: string;
  readonly user: PosixUser;
}

function configOf(directory: string, baseUrl = 'https://data.example'): Config {
  return parseConfig(readFileSync(join(directory, 'config.yaml'), 'utf8'), {
    EXTERNAL_INSTANCE_URL: baseUrl,
    REPERTOIRE_BASE_URL: 'https://data.example/repertoire',
    NUBLADO_CONTROLLER_REPOSITORY: 'ghcr.io/lsst-sqre/nublado',
    NUBLADO_CONTROLLER_TAG: '15.1.0',
  }).config;
}

/** A configuration with file servers. @throws Error when they are disabled. */
export function withFileServers<C extends Config>(config: C): C & { readonly fileserver: FileServerConfig } {
  const { fileserver } = config;
  if (!fileserver.enabled) throw new Error('file servers are disabled');
  return { ...config, fileserver };
}

/** What the file server of a case is built from. */
export function fileServerInput(name: string): FileServerInput {
  const directory = join(FILE_SERVER_PATH, name);
  const read = (path: string): Partial<Request> => parse(readFileSync(path, 'utf8'));
  const common = read(join(FILE_SERVER_PATH, 'request.yaml')) as Request;
  const path = join(directory, 'request.yaml');
  const own = existsSync(path) ? read(path) : {};
  const { baseUrl, operationId, user } = { ...common, ...own, user: { ...common.user, ...own.user } };
  return { config: withFileServers(configOf(directory, baseUrl)), operationId, user };
}

/** What the pod for file system administration of a case is built from. */
export function fsadminInput(name: string): FsadminInput & { readonly config: Config } {
  return { config: configOf(join(FSADMIN_PATH, name)), namespace: 'nublado', operationId: 'op-1' };
}

/** A file server's objects in the order in which they are created. */
export function fileServerManifests(input: FileServerInput): KubernetesObject[] {
  const { claims, ingress, service, job } = fileServerObjects(input);
  return [...claims, ingress, service, job];
}

/** The objects for file system administration in the order in which they are created. */
export function fsadminManifests(input: FsadminInput): KubernetesObject[] {
  const { claims, pod } = fsadminObjects(input);
  return [...claims, pod];
}
