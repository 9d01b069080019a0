import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, diagnosticOf } from './diagnostics';
import type { ImageConfig } from './schema/resources';
import { isWebUrl, kindOf, shown } from './schema/scalars';
import { isMapping } from './schema/section';
import { SecretText } from './secret-text';

/** Name, namespace and UID of the controller's own pod. */
export interface Metadata {
  readonly name: string | null;
  readonly namespace: string;
  readonly uid: string | null;
}

function readField(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null;
  }
}

/**
 * Reads the downward API files of the controller's pod below `path`. Outside a pod there are none: then
 * name and UID are null and the namespace is `nublado`.
 */
export function readMetadata(path: string): Metadata {
  return {
    name: readField(join(path, 'name')),
    namespace: readField(join(path, 'namespace')) ?? 'nublado',
    uid: readField(join(path, 'uid')),
  };
}

const packageFile: unknown = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8'));

/** The version of the controller, which its images are tagged with. */
export const VERSION: string = (packageFile as { readonly version: string }).version;

/** Environment variables as they are given to the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings from the environment; `supportImage` of the configuration file takes precedence. */
export interface EnvironmentConfig {
  /** Public base URL of the platform, as the operator wrote it. */
  readonly baseUrl: string;
  /** Where service discovery is found; null in installations without it. */
  readonly repertoireBaseUrl: string | null;
  readonly slackWebhook: SecretText | null;
  readonly supportImage: ImageConfig;
  /** Proxies of outgoing connections. */
  readonly proxies: ProxySettings;
  /** Directory or file that holds the keys which seal secrets. */
  readonly sealingKeysPath: string;
}

/** The variables that the controller reads, besides Temporal's own, with what they are for and their defaults. */
export const VARIABLES = {
  NUBLADO_CONFIG_PATH: ['The configuration file.', '`/etc/nublado/config.yaml`'],
  NUBLADO_SEALING_KEYS: ['Directory or file with the keys that seal secrets.', '`/etc/nublado/sealing-keys`'],
  EXTERNAL_INSTANCE_URL: [
    'Public base URL of the platform; also `base_url` or this name as key of the file.',
    '`http://127.0.0.1:8080`',
  ],
  REPERTOIRE_BASE_URL: ['Service discovery; also given to labs. Required with `auth.type: gafaelfawr`.', '–'],
  NUBLADO_SLACK_WEBHOOK: ['Slack webhook, secret; also `slack_webhook` as key of the file.', '–'],
  NUBLADO_CONTROLLER_REPOSITORY: [
    "Repository of the support image, which is the controller's own.",
    '`nublado-temporal`',
  ],
  NUBLADO_CONTROLLER_TAG: ['Its tag.', "the controller's version"],
  NUBLADO_CONTROLLER_PULL_POLICY: ['Its pull policy, in any case.', '`IfNotPresent`'],
  HTTPS_PROXY: [
    'URL of the proxy for `https`, secret; also in lower case. For image registries, see `outgoing.proxies`.',
    '–',
  ],
  HTTP_PROXY: ['The same for `http`.', '–'],
  NO_PROXY: ['Hosts that are asked without a proxy, with commas between them; also in lower case.', '–'],
  KUBECONFIG: ['Kubeconfig file; without, the service account of the pod.', '–'],
  SENTRY_DSN: ['Ignored, with a warning: errors are logged.', '–'],
  METRICS_ENABLED: ['Ignored, with a warning: no metrics events are published.', '–'],
} as const satisfies Record<string, readonly [purpose: string, standard: string]>;

/** Where the configuration file is: `NUBLADO_CONFIG_PATH`, else `/etc/nublado/config.yaml`. */
export function configPath(environment: Environment): string {
  return environment.NUBLADO_CONFIG_PATH || '/etc/nublado/config.yaml';
}

/** The keys of environment settings that a file may also hold, in these spellings only. */
export const FILE_KEYS = {
  baseUrl: ['base_url', 'EXTERNAL_INSTANCE_URL'],
  slackWebhook: ['slack_webhook', 'NUBLADO_SLACK_WEBHOOK'],
} as const;

type FileSetting = keyof typeof FILE_KEYS;

interface SplitDocument {
  /** Raw values and the key each was found at. */
  readonly settings: Partial<Record<FileSetting, { readonly key: string; readonly value: unknown }>>;
  readonly rest: unknown;
  readonly problems: readonly Diagnostic[];
}

/** Separates the settings that may also come from the environment from the rest of a document. */
export function splitDocument(document: unknown): SplitDocument {
  if (!isMapping(document)) {
    return { settings: {}, rest: document, problems: [] };
  }
  const rest = { ...document };
  const settings: Partial<Record<FileSetting, { key: string; value: unknown }>> = {};
  const problems: Diagnostic[] = [];
  for (const setting of Object.keys(FILE_KEYS) as FileSetting[]) {
    for (const key of FILE_KEYS[setting].filter((name) => name in document)) {
      const earlier = settings[setting];
      if (earlier) {
        const message = `is given as ${earlier.key} too; use one spelling`;
        const remedy = `Remove ${key} or ${earlier.key}; both mean the same.`;
        problems.push(diagnosticOf('error', { path: [key], rule: 'both-spellings', message, remedy }));
      }
      settings[setting] = { key, value: document[key] };
      delete rest[key];
    }
  }
  return { settings, rest, problems };
}

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'] as const;

/** Repository of the controller's image in the build. */
export const OWN_REPOSITORY = 'nublado-temporal';

function supportImage(environment: Environment): ImageConfig {
  const policy = environment.NUBLADO_CONTROLLER_PULL_POLICY?.toLowerCase();
  return {
    repository: environment.NUBLADO_CONTROLLER_REPOSITORY || OWN_REPOSITORY,
    tag: environment.NUBLADO_CONTROLLER_TAG || VERSION,
    pullPolicy: PULL_POLICIES.find((known) => known.toLowerCase() === policy) ?? 'IfNotPresent',
  };
}

function noUrl(key: string, value: unknown, isPrivate: boolean): Diagnostic {
  const what = typeof value !== 'string' ? kindOf(value) : isPrivate ? 'the value' : shown(value);
  return diagnosticOf('error', {
    path: [key],
    value: isPrivate ? null : shown(value),
    rule: 'value',
    message: `${what} is not an http or https URL`,
    remedy: 'Give an http or https URL.',
  });
}

/**
 * Reads the environment, in which `settings` of the file take precedence. Problems name the variable or
 * file key; an empty variable counts as not set.
 */
export function environmentConfig(
  environment: Environment,
  settings: SplitDocument['settings'],
): { readonly config: EnvironmentConfig; readonly problems: readonly Diagnostic[] } {
  const baseUrl = settings.baseUrl ?? {
    key: 'EXTERNAL_INSTANCE_URL',
    value: environment.EXTERNAL_INSTANCE_URL || 'http://127.0.0.1:8080',
  };
  const webhook = settings.slackWebhook ?? {
    key: 'NUBLADO_SLACK_WEBHOOK',
    value: environment.NUBLADO_SLACK_WEBHOOK || null,
  };
  const discovery = environment.REPERTOIRE_BASE_URL || null;
  const { proxies, problems: proxyProblems } = readProxies(environment);
  const isWebhookGiven = settings.slackWebhook !== undefined || webhook.value !== null;
  const problems = [
    ...(isWebUrl(baseUrl.value) ? [] : [noUrl(baseUrl.key, baseUrl.value, false)]),
    ...(isWebhookGiven && !isWebUrl(webhook.value) ? [noUrl(webhook.key, webhook.value, true)] : []),
    ...(discovery === null || isWebUrl(discovery) ? [] : [noUrl('REPERTOIRE_BASE_URL', discovery, false)]),
    ...proxyProblems,
  ];
  const config = {
    baseUrl: String(baseUrl.value),
    repertoireBaseUrl: discovery,
    slackWebhook: isWebhookGiven ? new SecretText(String(webhook.value)) : null,
    supportImage: supportImage(environment),
    proxies,
    sealingKeysPath: environment.NUBLADO_SEALING_KEYS || '/etc/nublado/sealing-keys',
  };
  return { config, problems };
}

/** The proxies of the environment. Their URLs may hold passwords. */
interface ProxySettings {
  readonly https: SecretText | null;
  readonly http: SecretText | null;
  /** As `NO_PROXY` has it. */
  readonly bypass: string;
}

/**
 * Reads proxies as curl and container engines do: the name in lower case counts first, and a scheme may be left out.
 */
function readProxies(environment: Environment): {
  readonly proxies: ProxySettings;
  readonly problems: readonly Diagnostic[];
} {
  const problems: Diagnostic[] = [];
  const read = (name: 'HTTPS_PROXY' | 'HTTP_PROXY'): SecretText | null => {
    const text = (environment[name.toLowerCase()] || environment[name] || '').trim();
    if (text === '') return null;
    const url = text.includes('://') ? text : `http://${text}`;
    if (isWebUrl(url)) return new SecretText(url);
    const message = 'the value is not the URL of an http or https proxy';
    const remedy = 'Give a URL such as http://proxy.example.org:3128, or unset the variable.';
    problems.push(diagnosticOf('error', { path: [name], rule: 'value', message, remedy }));
    return null;
  };
  const [https, http] = [read('HTTPS_PROXY'), read('HTTP_PROXY')];
  const bypass = environment['no_proxy'] || environment['NO_PROXY'] || '';
  return { proxies: { https, http, bypass }, problems };
}
