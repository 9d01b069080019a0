import { Context, log } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { errorMessage } from '../domain/errors';
import type { Fetch } from '../http/fetch';
import { type HubNotificationResult, HubNotTold, reportServerEnd } from '../jupyterhub/server-end';
import { readServiceToken } from '../jupyterhub/service-token';
import { withHeartbeat } from './heartbeat';

/** Of which lab the hub is told. */
export interface LabExit {
  readonly username: string;
  /** RFC 3339 instant; servers that the hub has started since are none of this lab's. */
  readonly endedAt: string;
}

/** What the hub activities work with. */
export interface HubDependencies {
  readonly hub: { readonly apiUrl: string; readonly tokenPath: string; readonly timeoutMs: number };
  /** Instead of Node's, where the hub is asked through a proxy. */
  readonly fetch?: Fetch | undefined;
  /** Told of every attempt's result. */
  readonly onHubNotification: (result: HubNotificationResult | HubNotTold['kind']) => void;
}

/** A hub may ask for patience, but not for more than this. */
const MAX_RETRY_DELAY_MS = 60_000;

/** A server that is starting or being checked comes to an end of that soon. */
const BUSY_DELAY_MS = 2_000;

export type HubActivities = ReturnType<typeof createHubActivities>;

/** What labs' workflows tell the hub. */
export function createHubActivities({ hub, onHubNotification, fetch }: HubDependencies) {
  const { apiUrl, timeoutMs, tokenPath } = hub;
  return {
    /** Tells the hub that a lab has ended, in one attempt. The token is read anew, so that it can be mended. */
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

/** Without its token the hub cannot be told yet: somebody may put it right. */
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
