import * as z from 'zod';
import { type Finding, report } from '../diagnostics';
import { limit } from './quantities';
import { absolutePath, boolean, isWebUrl, matching, oneOf, scalar, webUrl } from './scalars';
import { section } from './section';

const host = () =>
  matching('host', 'a host with an optional port', /^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:\d{1,5})?$/);

const origin = () =>
  scalar(
    {
      title: 'origin',
      rule: 'an origin such as https://identity.example.org, without path',
      json: { type: 'string', format: 'uri' },
    },
    (value) => {
      const url = isWebUrl(value) ? new URL(value) : undefined;
      return url && `${url.origin}/` === url.href ? url.origin : undefined;
    },
  );

/** Where the controller itself connects to, apart from Kubernetes and Temporal. */
export const outgoing = section({
  plainHttpHosts: z
    .array(host())
    .prefault([])
    .describe('Hosts besides loopback and Services of the cluster that may be asked over plain HTTP.'),
  identityOrigins: z
    .array(origin())
    .nullable()
    .prefault(null)
    .describe(
      "Origins that service discovery may name for users' tokens, besides its own and that of the platform; null for " +
        "loopback and Services of the cluster outside of labs' namespaces.",
    ),
  proxies: oneOf(['registries', 'all'])
    .prefault('registries')
    .describe(
      'What `HTTPS_PROXY` and `HTTP_PROXY` are used for: image registries outside the cluster, or every connection.',
    ),
});

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
