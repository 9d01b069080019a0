import { duration, durationOrZero } from './quantities';
import { integer } from './scalars';
import { inMs, section } from './section';

/** Limits of single steps that operators rarely need to change. */
export const timeouts = section({
  kubernetesRequest: duration().default(30_000),
  kubernetesRetry: durationOrZero().default(15_000),
  labStopGracePeriod: durationOrZero().default(1000),
  watchFinalCheck: durationOrZero().default(2000),
  imagePullPatience: durationOrZero().default(30_000),
  unschedulablePatience: durationOrZero().default(300_000),
  reconcileGrace: durationOrZero().default(120_000),
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
