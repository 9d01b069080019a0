import { isIP } from 'node:net';
import type { V1Ingress } from '@kubernetes/client-node';
import { z } from 'zod';

const API_VERSION = 'gafaelfawr.lsst.io/v1alpha1';

/** A GafaelfawrIngress, with the settings that file servers and the chart use. */
export const gafaelfawrIngressSchema = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    generation: z.number(),
    deletionTimestamp: z.string().optional(),
  }),
  config: z.object({
    allowOptions: z.boolean().default(false),
    authType: z.string().optional(),
    delegate: z
      .object({
        internal: z.object({ service: z.string(), scopes: z.array(z.string()) }).optional(),
        notebook: z.object({}).optional(),
        minimumLifetime: z.number().optional(),
      })
      .optional(),
    loginRedirect: z.boolean().default(false),
    scopes: z.union([z.object({ all: z.array(z.string()) }), z.object({ anonymous: z.literal(true) })]),
    service: z.string().optional(),
    username: z.string().optional(),
  }),
  template: z.object({
    metadata: z.object({
      name: z.string(),
      labels: z.record(z.string(), z.string()).default({}),
      annotations: z.record(z.string(), z.string()).default({}),
    }),
    spec: z.object({ rules: z.array(z.looseObject({ host: z.string() })) }),
  }),
});

export type GafaelfawrIngress = z.infer<typeof gafaelfawrIngressSchema>;

const NGINX = 'nginx.ingress.kubernetes.io';

const RESPONSE_HEADERS = [
  'Authorization',
  'Cookie',
  'X-Auth-Request-Email',
  'X-Auth-Request-Service',
  'X-Auth-Request-Token',
  'X-Auth-Request-User',
];

/** What Gafaelfawr is asked for each request, in the order in which it writes the questions itself. */
function authQuery({
  allowOptions,
  authType,
  delegate,
  scopes,
  service,
  username,
}: GafaelfawrIngress['config']): string {
  return [
    ...(allowOptions ? [['allow_options', 'true']] : []),
    ...(authType === undefined ? [] : [['auth_type', authType]]),
    ...('all' in scopes ? scopes.all : []).map((scope) => ['scope', scope]),
    ...(service === undefined ? [] : [['service', service]]),
    ...(delegate?.notebook ? [['notebook', 'true']] : []),
    ...(delegate?.internal
      ? [
          ['delegate_to', delegate.internal.service],
          ['delegate_scope', delegate.internal.scopes.join(',')],
        ]
      : []),
    ...(delegate?.minimumLifetime ? [['minimum_lifetime', String(delegate.minimumLifetime)]] : []),
    ...(username === undefined ? [] : [['username', username]]),
  ]
    .map(([key = '', value = '']) => `${key}=${encodeURIComponent(value).replaceAll('%3A', ':')}`)
    .join('&');
}

/**
 * The Ingress that Gafaelfawr makes of a GafaelfawrIngress, but for the snippet with which it sets headers of responses.
 * A host that is an IP address, as the stack's own URL has, is left out: the API server refuses it.
 */
export function ingressOf({ config, metadata, template }: GafaelfawrIngress): V1Ingress {
  const { annotations, labels, name } = template.metadata;
  const gafaelfawr = 'http://gafaelfawr.gafaelfawr.svc.cluster.local:8080';
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name,
      namespace: metadata.namespace,
      labels: { ...labels, 'app.kubernetes.io/managed-by': 'Gafaelfawr' },
      annotations: {
        ...annotations,
        ...('all' in config.scopes
          ? {
              [`${NGINX}/auth-method`]: 'GET',
              [`${NGINX}/auth-response-headers`]: RESPONSE_HEADERS.join(','),
              [`${NGINX}/auth-url`]: `${gafaelfawr}/ingress/auth?${authQuery(config)}`,
              ...(config.loginRedirect ? { [`${NGINX}/auth-signin`]: '/login' } : {}),
            }
          : {}),
      },
      ownerReferences: [
        {
          apiVersion: API_VERSION,
          kind: 'GafaelfawrIngress',
          name: metadata.name,
          uid: metadata.uid,
          blockOwnerDeletion: true,
          controller: true,
        },
      ],
    },
    spec: {
      ingressClassName: 'nginx',
      rules: template.spec.rules.map(({ host, ...rule }) => (isIP(host) === 0 ? { host, ...rule } : rule)),
    },
  };
}

/** The status that Gafaelfawr gives a GafaelfawrIngress once its Ingress is made. */
export function createdStatus({ metadata }: GafaelfawrIngress, reason: 'Created' | 'Updated'): object {
  return {
    create: {
      lastTransitionTime: `${new Date().toISOString().slice(0, 19)}Z`,
      message: `Ingress was ${reason.toLowerCase()}`,
      observedGeneration: metadata.generation,
      reason,
      status: 'True',
      type: 'ResourceCreated',
    },
  };
}
