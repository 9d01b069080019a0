import type * as z from 'zod';
import type { Finding } from '../diagnostics';
import { report } from '../diagnostics';
import { limit } from './quantities';
import { absolutePath, boolean, webUrl } from './scalars';
import { section } from './section';

const fields = section({
  apiUrl: webUrl().describe("URL of the hub's REST API, such as `http://hub:8081/hub/api`."),
  tokenPath: absolutePath()
    .prefault('/etc/nublado/hub-token')
    .describe("File with the API token of the controller's service in the hub, read for every use."),
  notifyExit: boolean()
    .prefault(true)
    .describe(
      'Tell the hub at once when a lab has ended by itself. Needs scopes `delete:servers` and `read:servers`.',
    ),
  aggregateActivity: boolean()
    .prefault(false)
    .describe(
      'Have labs report their activity to the controller, which tells the hub. Needs scope `users:activity`.',
    ),
  activityUrl: webUrl()
    .nullable()
    .prefault(null)
    .describe(
      'Base URL at which labs reach the listener for activity (`--activity-listen`); needed with `aggregateActivity`.',
    ),
  activityUpdateInterval: limit()
    .prefault('1m')
    .describe("Least time between two updates of one user's activity in the hub."),
  timeout: limit().prefault('10s').describe('One request to the hub.'),
});

function usageReportFindings({ aggregateActivity, activityUrl }: z.output<typeof fields>): Finding[] {
  const missing: Finding = {
    path: ['activityUrl'],
    rule: 'missing',
    message: 'is required with aggregateActivity: labs are told to report there',
    remedy: 'Give the URL of a Service for the port of --activity-listen, or turn aggregateActivity off.',
  };
  return aggregateActivity && activityUrl === null ? [missing] : [];
}

/** What the controller tells JupyterHub, and how it reaches it. */
export const hub = fields.superRefine((hub, context) => report(usageReportFindings(hub), context));
