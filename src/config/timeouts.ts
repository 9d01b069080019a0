import { duration, durationOrZero } from './quantities';
import { integer } from './scalars';
import { inMs, section } from './section';

/** Limits of single steps that operators rarely need to change. */
export const timeouts = section({
  /** One request to the API server. */
  kubernetesRequest: duration().default(30_000),
  /**
   * How long a read is tried again that is better given up than waited for. The steps of spawns and shutdowns are
   * tried again until the operation's own deadline.
   */
  kubernetesRetry: durationOrZero().default(15_000),
  /** How often a pod is read without news of it: while it starts, runs, and goes away. */
  spawnCheck: duration().default(30_000),
  runCheck: duration().default(600_000),
  deleteCheck: duration().default(5_000),
  /** How long a lab that ended by itself stays readable before it is removed. */
  terminatedRetention: durationOrZero().default(5_000),
  labStopGracePeriod: durationOrZero().default(1000),
  /** How long before its deadline a wait for a pod reads it for the last time. */
  watchFinalCheck: durationOrZero().default(2000),
  imagePullPatience: durationOrZero().default(30_000),
  unschedulablePatience: durationOrZero().default(300_000),
  reconcileGrace: durationOrZero().default(120_000),
  /** The first pause after a failed watch. */
  watchErrorDelay: durationOrZero().default(1000),
  httpClient: duration().default(20_000),
  slack: duration().default(20_000),
  ssePing: duration().default(15_000),
  eventRetention: duration().default(86_400_000),
  discoveryCache: durationOrZero().default(300_000),
  garRetryDelay: durationOrZero().default(10_000),
  garRetries: integer(0).default(3),
  shutdown: duration().default(30_000),
}).transform(
  inMs(
    'kubernetesRequest',
    'kubernetesRetry',
    'spawnCheck',
    'runCheck',
    'deleteCheck',
    'terminatedRetention',
    'labStopGracePeriod',
    'watchFinalCheck',
    'imagePullPatience',
    'unschedulablePatience',
    'reconcileGrace',
    'watchErrorDelay',
    'httpClient',
    'slack',
    'ssePing',
    'eventRetention',
    'discoveryCache',
    'garRetryDelay',
    'shutdown',
  ),
);
