import { limit } from './quantities';
import { absolutePath, boolean, webUrl } from './scalars';
import { section } from './section';

/** What the controller tells JupyterHub, and how it reaches it. */
export const hub = section({
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
  timeout: limit().prefault('10s').describe('One request to the hub.'),
});
