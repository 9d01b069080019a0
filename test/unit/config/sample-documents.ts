import { type Config, parseConfig } from '../../../src/config/config';
import { ConfigError } from '../../../src/config/diagnostics';

/** The least environment a controller starts with. */
export const ENVIRONMENT = {
  REPERTOIRE_BASE_URL: 'https://example.org/repertoire',
  NUBLADO_CONTROLLER_REPOSITORY: 'ghcr.io/lsst-sqre/nublado',
  NUBLADO_CONTROLLER_TAG: '15.1.0',
};

type Keys = Readonly<Record<string, unknown>>;

const AMOUNTS = { cpu: 1, memory: '3Gi' };

/** The least `lab` section, with further or other keys. */
export function aLab(keys: Keys = {}): Keys {
  return {
    namespacePrefix: 'lab',
    sizes: [{ size: 'small', resources: { limits: AMOUNTS, requests: AMOUNTS } }],
    volumes: [{ name: 'home', source: { type: 'hostPath', path: '/srv/home' } }],
    volumeMounts: [{ containerPath: '/home', volumeName: 'home' }],
    ...keys,
  };
}

/** The least file, with further or other keys. */
export function aDocument(keys: Keys = {}): Keys {
  return {
    lab: aLab(),
    images: { source: { type: 'docker', repository: 'example/sketchbook' } },
    ...keys,
  };
}

/** Parses a file of these contents; JSON is YAML. */
export function parsed(document: Keys, environment: Record<string, string> = ENVIRONMENT) {
  return parseConfig(JSON.stringify(document), environment);
}

/** The `lab` section that these further keys give. */
export function parsedLab(keys: Keys): Config['lab'] {
  return parsed(aDocument({ lab: aLab(keys) })).config.lab;
}

/** What `act` complains of, one `path: message` each; empty when it does not throw. */
export function problemsIn(act: () => unknown): string[] {
  try {
    act();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.problems.map(({ path, message }) => `${path}: ${message}`);
    }
    throw error;
  }
}

/** What is wrong with a file whose `lab` section has these further keys. */
export const labProblems = (keys: Keys): string[] => problemsIn(() => parsedLab(keys));

/** What is wrong with a file that has these further keys. */
export const documentProblems = (keys: Keys, environment?: Record<string, string>): string[] =>
  problemsIn(() => parsed(aDocument(keys), environment));

/** The warnings of a file with these further keys. */
export const warningsIn = (keys: Keys, environment?: Record<string, string>): string[] =>
  parsed(aDocument(keys), environment)
    .warnings.filter(({ severity }) => severity === 'warning')
    .map(({ path, message }) => `${path}: ${message}`);
