import * as z from 'zod';
import { isSafeToAsk } from '../domain/urls';
import type { Finding } from './diagnostics';
import { isWebUrl, matching, oneOf, scalar, shown } from './scalars';
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

/** A URL that would be asked over plain HTTP where others can listen. */
export function plainHttpFinding(
  url: string | null,
  plainHttpHosts: readonly string[],
  path: Finding['path'],
): Finding[] {
  if (url === null || isSafeToAsk(new URL(url), plainHttpHosts)) return [];
  const { host } = new URL(url);
  return [
    {
      path,
      value: shown(url),
      rule: 'conflict',
      message: `${shown(url)} is plain HTTP to a host outside the cluster, where tokens can be read on the way`,
      remedy: `Give an https URL, or list "${host}" in outgoing.plainHttpHosts.`,
    },
  ];
}
