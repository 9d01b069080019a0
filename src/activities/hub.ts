import { Context, log } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { errorMessage } from '../domain/errors';
import type { Fetch } from '../http/fetch';
import { type HubNotificationResult, HubNotTold, reportServerEnd } from '../jupyterhub/server-end';
import { readServiceToken } from '../jupyterhub/service-token';
import { withHeartbeat } from './lease';

/** The lab that ended, for the notification of the hub. */
export interface LabExit {
  readonly username: string;
  /** RFC 3339 instant; a server that the hub started later is not this lab's. */
  readonly endedAt: string;
}

/** Dependencies of the hub activities. */
export interface HubDependencies {
  readonly hub: { readonly apiUrl: string; readonly tokenPath: string; readonly timeoutMs: number };
  /** Replaces Node's `fetch` where requests to the hub go through a proxy. */
  readonly fetch?: Fetch | undefined;
  /** Called with the result of every attempt. */
  readonly onHubNotification: (result: HubNotificationResult | HubNotTold['kind']) => void;
}

/** Upper bound for `Retry-After` of the hub, in ms. */
const MAX_RETRY_DELAY_MS = 60_000;

/** Delay of the retry while the hub starts, stops or checks the server. */
const BUSY_DELAY_MS = 2_000;

export type HubActivities = ReturnType<typeof createHubActivities>;

/** The activities by which workflows of labs notify the hub. */
export function createHubActivities({ hub, onHubNotification, fetch }: HubDependencies) {
  const { apiUrl, timeoutMs, tokenPath } = hub;
  return {
    /**
     * Notifies the hub once that a lab has ended. Reads the token each time, since its file may be corrected meanwhile.
     */
    async tellHub({ username, endedAt }: LabExit): Promise<HubNotificationResult> {
      const signal = Context.current().cancellationSignal;
      try {
        const token = await readToken(tokenPath);
        const connection = { apiUrl, token, timeoutMs, signal, fetch };
        const tell = () => reportServerEnd(username, Date.parse(endedAt), connection);
        const result = await withHeartbeat(tell);
        onHubNotification(result);
        log.info('the hub knows that a lab has ended', { user: username, result });
        return result;
      } catch (error) {
        if (signal.aborted) throw new CancelledFailure('The hub is no longer to be told');
        if (!(error instanceof HubNotTold)) throw error;
        onHubNotification(error.kind);
        throw toFailure(error);
      }
    },
  };
}

/** The token of the hub's service. A file that cannot be read is retried, since an operator may correct it. */
async function readToken(path: string): Promise<string> {
  try {
    return await readServiceToken(path);
  } catch (error) {
    throw new HubNotTold(errorMessage(error), 'refused');
  }
}

function toFailure({ kind, message, retryAfterMs }: HubNotTold): ApplicationFailure {
  const delayMs = kind === 'busy' ? BUSY_DELAY_MS : retryAfterMs;
  const nextRetryDelay = delayMs === null ? undefined : Math.min(delayMs, MAX_RETRY_DELAY_MS);
  return ApplicationFailure.create({ type: 'HubNotTold', message, nextRetryDelay });
}
