import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Stack } from '../description';
import { BEHAVIOUR_ANNOTATION } from '../kubelet/behaviours';
import { CHECKOUT } from '../paths';

/** Secret with the token of the controller's service in the stack's hub. */
export const HUB_TOKEN_SECRET = 'hub-token';

/** Tag of the controller's image, by which the stack runs the chart's pods, jobs and file servers as processes. */
const TAG = 'behaviour-process';

/** `config/example.yaml` with labs that are processes, file servers, and notices to the stack's hub. */
function exampleConfig({ kubernetes, jupyterhub }: Stack): object {
  const config = Object(parse(readFileSync(join(CHECKOUT, 'config/example.yaml'), 'utf8')));
  const namespace = kubernetes.fileServerNamespaces.gafaelfawr;
  return {
    ...config,
    lab: {
      ...config.lab,
      ...(jupyterhub ? { extraAnnotations: { [BEHAVIOUR_ANNOTATION]: 'process' } } : {}),
    },
    fileserver: {
      enabled: true,
      namespace,
      volumeMounts: [{ containerPath: '/home', volumeName: 'home' }],
    },
    ...(jupyterhub ? { hub: { apiUrl: jupyterhub.apiUrl } } : {}),
  };
}

/** Values by which the chart runs on a stack, behind its ingress. `config` takes the place of the example. */
export function valuesFor(stack: Stack, config: object = exampleConfig(stack)): object {
  const { identity, jupyterhub, temporal } = stack;
  return {
    image: { tag: TAG },
    host: new URL(identity.proxyUrl).hostname,
    baseUrl: identity.proxyUrl,
    repertoireBaseUrl: identity.discoveryUrl,
    temporal: { address: temporal.address, namespace: temporal.namespace },
    ...(jupyterhub ? { hubToken: { existingSecret: HUB_TOKEN_SECRET } } : {}),
    gafaelfawr: { enabled: true },
    config,
  };
}
