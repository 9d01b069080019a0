import type { Problem } from './problems';
import type { ImageConfig } from './resources';
import { complaint, kindOf, shown } from './scalars';
import { SecretText } from './secret-text';
import { isMapping } from './section';

/** Environment variables as they are given to the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment decides; `supportImage` gives way to the configuration file. */
export interface EnvironmentConfig {
  /** Public base URL of the platform, as the operator wrote it. */
  readonly baseUrl: string;
  /** Where service discovery is found; null in installations without it. */
  readonly repertoireBaseUrl: string | null;
  readonly slackWebhook: SecretText | null;
  readonly supportImage: ImageConfig;
  /** Directory or file that holds the keys which seal secrets. */
  readonly sealingKeysPath: string;
}

/** The environment of this process. The one place of the product that reads it. */
export function readEnvironment(): Environment {
  return process.env;
}

/** Where the configuration file is: `NUBLADO_CONFIG_PATH`, else `/etc/nublado/config.yaml`. */
export function configPath(environment: Environment): string {
  return environment.NUBLADO_CONFIG_PATH || '/etc/nublado/config.yaml';
}

/** The keys of environment settings that a file may also hold, in these spellings only. */
const FILE_KEYS = {
  baseUrl: ['base_url', 'EXTERNAL_INSTANCE_URL'],
  slackWebhook: ['slack_webhook', 'NUBLADO_SLACK_WEBHOOK'],
} as const;

type FileSetting = keyof typeof FILE_KEYS;

interface SplitDocument {
  /** Raw values and the key each was found at. */
  readonly settings: Partial<Record<FileSetting, { readonly key: string; readonly value: unknown }>>;
  readonly rest: unknown;
  readonly problems: readonly Problem[];
}

/** Parts a document into the settings that the environment gives otherwise, and everything else. */
export function splitDocument(document: unknown): SplitDocument {
  if (!isMapping(document)) {
    return { settings: {}, rest: document, problems: [] };
  }
  const rest = { ...document };
  const settings: Partial<Record<FileSetting, { key: string; value: unknown }>> = {};
  const problems: Problem[] = [];
  for (const setting of ['baseUrl', 'slackWebhook'] as const) {
    for (const key of FILE_KEYS[setting].filter((name) => name in document)) {
      const earlier = settings[setting];
      if (earlier) {
        problems.push({ path: key, message: `is given as ${earlier.key} too; use one spelling` });
      }
      settings[setting] = { key, value: document[key] };
      delete rest[key];
    }
  }
  return { settings, rest, problems };
}

const isWebUrl = (value: unknown): value is string =>
  typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value);

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'] as const;

function supportImage(environment: Environment): ImageConfig {
  const policy = environment.NUBLADO_CONTROLLER_PULL_POLICY?.toLowerCase();
  return {
    repository: environment.NUBLADO_CONTROLLER_REPOSITORY || 'ghcr.io/lsst-sqre/nublado',
    tag: environment.NUBLADO_CONTROLLER_TAG || '11.0.0',
    pullPolicy: PULL_POLICIES.find((known) => known.toLowerCase() === policy) ?? 'IfNotPresent',
  };
}

/**
 * Reads the environment, in which `settings` of the file take precedence. Problems name the variable or
 * file key; an empty variable counts as not set.
 */
export function environmentConfig(
  environment: Environment,
  settings: SplitDocument['settings'],
): { readonly config: EnvironmentConfig; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const url = (key: string, value: unknown): string => {
    if (!isWebUrl(value)) {
      problems.push({ path: key, message: complaint(value, 'an http or https URL', shown) });
    }
    return String(value);
  };
  const baseUrl = settings.baseUrl ?? {
    key: 'EXTERNAL_INSTANCE_URL',
    value: environment.EXTERNAL_INSTANCE_URL || 'http://127.0.0.1:8080',
  };
  const webhook = settings.slackWebhook ?? {
    key: 'NUBLADO_SLACK_WEBHOOK',
    value: environment.NUBLADO_SLACK_WEBHOOK || null,
  };
  const isGiven = settings.slackWebhook !== undefined || webhook.value !== null;
  if (isGiven && !isWebUrl(webhook.value)) {
    const value = typeof webhook.value === 'string' ? 'the value' : kindOf(webhook.value);
    problems.push({ path: webhook.key, message: `${value} is not an http or https URL` });
  }
  const config = {
    baseUrl: url(baseUrl.key, baseUrl.value),
    repertoireBaseUrl: environment.REPERTOIRE_BASE_URL
      ? url('REPERTOIRE_BASE_URL', environment.REPERTOIRE_BASE_URL)
      : null,
    slackWebhook: isGiven ? new SecretText(String(webhook.value)) : null,
    supportImage: supportImage(environment),
    sealingKeysPath: environment.NUBLADO_SEALING_KEYS || '/etc/nublado/sealing-keys',
  };
  return { config, problems };
}
