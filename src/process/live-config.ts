import type { Logger } from 'pino';
import {
  type Config,
  type ConfigVersion,
  configVersion,
  type Fingerprint,
  readConfigText,
} from '../config/config';
import { type Diagnostic, toConfigError } from '../config/diagnostics';
import type { Environment } from '../config/environment';
import { SecretText } from '../config/secret-text';

/**
 * Settings of which a changed file takes effect at once, for requests accepted from then on; all others are read when a
 * process starts.
 */
const LIVE = [
  'lab',
  'images',
  'dropdownMenu',
  'prune',
  'supportImage',
  'fsadmin',
] as const satisfies readonly (keyof Config)[];

/** Timeouts that are part of accepted spawns. */
const LIVE_TIMEOUTS: ReadonlySet<string> = new Set<keyof Config['timeouts']>([
  'kubernetesRetryMs',
  'spawnCheckMs',
  'runCheckMs',
  'deleteCheckMs',
  'watchFinalCheckMs',
  'terminatedRetentionMs',
  'labStopGracePeriodMs',
  'imagePullPatienceMs',
  'unschedulablePatienceMs',
  'startRetryPatienceMs',
  'restartPatienceMs',
  'lostNodePatienceMs',
  'stuckNamespacePatienceMs',
  'reconcileGraceMs',
]);

/** The settings in which two configurations differ, such as `lab.sizes`. */
export function changedSettings(before: Config, after: Config): string[] {
  const keys = Object.keys(after) as (keyof Config)[];
  return keys.flatMap((key) => differences(before[key], after[key], key));
}

/** Whether two values are equal, including confidential text. */
function isSame(before: unknown, after: unknown): boolean {
  if (before instanceof SecretText && after instanceof SecretText) return before.reveal() === after.reveal();
  if (!isCompound(before) || !isCompound(after)) return before === after;
  const [own, other] = [Object.entries(before), new Map(Object.entries(after))];
  return (
    own.length === other.size && own.every(([key, value]) => other.has(key) && isSame(value, other.get(key)))
  );
}

const isCompound = (value: unknown): value is object => typeof value === 'object' && value !== null;

function differences(before: unknown, after: unknown, key: string): string[] {
  if (isSame(before, after)) return [];
  if (!isSection(before) || !isSection(after) || key.includes('.')) return [key];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => differences(before[name], after[name], `${key}.${name}`));
}

const isSection = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof SecretText);

/** Whether a setting of `changedSettings` takes effect only when a process starts. */
export function needsRestart(setting: string): boolean {
  const [section = '', name = ''] = setting.split('.');
  return section === 'timeouts' ? !LIVE_TIMEOUTS.has(name) : !LIVE.some((live) => live === section);
}

/** Interval of checks of the file; short compared with the minute that a mounted ConfigMap may take to change. */
const LOOK_INTERVAL_MS = 2_000;

/** A changed file that could not be used. */
export interface RefusedChange {
  /** RFC 3339 instant. */
  readonly since: string;
  readonly problems: readonly Diagnostic[];
}

/** The present configuration, which follows its file. */
export interface LiveConfig {
  /** The present version. Work with several steps reads it once. */
  readonly current: ConfigVersion;
  /** Why the present file is not used; null when it is. */
  readonly refused: RefusedChange | null;
  /** Reads the file now. */
  refresh(): void;
  /** Calls the listener for each version after the first. */
  onChange(listener: (version: ConfigVersion) => void): void;
  close(): void;
}

export interface LiveConfigOptions {
  readonly path: string;
  readonly environment: Environment;
  readonly fingerprint: Fingerprint;
  /** The version read at start. */
  readonly initial: ConfigVersion;
  readonly logger: Logger;
  readonly lookIntervalMs?: number;
}

/** Logs the warnings about a configuration. */
export function logWarnings(logger: Logger, warnings: readonly Diagnostic[]): void {
  for (const { severity, path: key, message, remedy } of warnings) {
    logger[severity === 'warning' ? 'warn' : 'info']({ key, remedy }, `configuration: ${message}`);
  }
}

/**
 * Follows a configuration file. A changed file is validated first: one that cannot be used is logged and refused, and
 * the previous version stays in use.
 */
export function followConfig(options: LiveConfigOptions): LiveConfig {
  const { path, environment, fingerprint, logger, lookIntervalMs = LOOK_INTERVAL_MS } = options;
  let current = options.initial;
  let refused: RefusedChange | null = null;
  let lastText: string | null = current.source.text;
  const listeners: ((version: ConfigVersion) => void)[] = [];

  function accept(version: ConfigVersion, changed: readonly string[]): void {
    const restart = changed.filter(needsRestart);
    current = version;
    logger.info({ version: version.id, changed, restart }, 'configuration changed');
    if (restart.length > 0)
      logger.warn({ keys: restart }, 'changed settings take effect with the next start');
    logWarnings(logger, version.warnings);
    for (const listener of listeners) notify(listener, version);
  }

  /** Calls a listener. Its errors are logged, so that they neither refuse the file nor stop the other listeners. */
  function notify(listener: (version: ConfigVersion) => void, version: ConfigVersion): void {
    try {
      listener(version);
    } catch (error) {
      logger.error({ err: error, version: version.id }, 'a change of the configuration could not be applied');
    }
  }

  function refuse(problems: readonly Diagnostic[]): void {
    const isKnown = JSON.stringify(refused?.problems) === JSON.stringify(problems);
    if (isKnown) return;
    refused = { since: new Date().toISOString(), problems };
    logger.error(
      { version: current.id, problems },
      'configuration file refused; the one before stays in force',
    );
  }

  /** Never throws, since it is called by a timer: any failure refuses the file. */
  function refresh(): void {
    let version: ConfigVersion;
    let changed: readonly string[];
    try {
      const text = readConfigText(path);
      if (text === lastText) return;
      lastText = text;
      version = configVersion(text, environment, fingerprint);
      changed = changedSettings(current.config, version.config);
    } catch (error) {
      const { problems } = toConfigError(error);
      if (problems.some(({ rule }) => rule === 'unreadable')) lastText = null;
      refuse(problems);
      return;
    }
    refused = null;
    if (version.id !== current.id) accept(version, changed);
  }

  // Polled, not watched: a mounted ConfigMap changes by a replaced link to a directory above the file.
  const timer = setInterval(refresh, lookIntervalMs).unref();
  return {
    get current() {
      return current;
    },
    get refused() {
      return refused;
    },
    refresh,
    onChange: (listener) => void listeners.push(listener),
    close: () => clearInterval(timer),
  };
}

/** The configuration in a probe's answer: the present version, and why a newer file is refused. */
export function configurationNote({ current, refused }: LiveConfig) {
  return {
    version: current.id,
    refused: refused && {
      since: refused.since,
      problems: refused.problems.map(({ path, message }) => `${path}: ${message}`),
    },
  };
}
