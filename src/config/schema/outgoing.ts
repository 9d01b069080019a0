import * as z from 'zod';
import { isWebUrl, matching, oneOf, scalar } from './scalars';
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
