import type { KubernetesObject, V1Ingress, V1IngressRule, V1Service } from '@kubernetes/client-node';
import { hostOfRules } from './host';
import { type FileServerConfig, type FileServerSet, metadataOf } from './input';
import { FILE_SERVER_PORT } from './job';
import { fileServerLabels, templateMetadata } from './metadata';

/** An object with fields besides its metadata that the client library has no type for. */
export type CustomObject = KubernetesObject & Readonly<Record<string, unknown>>;

type Routing<Type> = Extract<FileServerConfig['ingress'], { readonly type: Type }>;

/** The service in front of the file server's pod. */
export function fileServerService(set: FileServerSet): V1Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(set),
    spec: {
      ports: [{ name: 'http', port: FILE_SERVER_PORT, targetPort: FILE_SERVER_PORT, protocol: 'TCP' }],
      selector: fileServerLabels(set.user.username),
    },
  };
}

/** What makes the file server reachable, of the configured kind. */
export function fileServerIngress(set: FileServerSet): CustomObject {
  const { ingress } = set.config.fileserver;
  switch (ingress.type) {
    case 'gafaelfawr':
      return gafaelfawrIngress(set, ingress);
    case 'ingress':
      return { ...plainIngress(set, ingress) };
    case 'httpRoute':
      return httpRoute(set, ingress);
  }
}

function rule({ name, path }: FileServerSet, host: string | null): V1IngressRule {
  const service = { name, port: { number: FILE_SERVER_PORT } };
  return {
    ...(host === null ? {} : { host }),
    http: { paths: [{ path, pathType: 'Prefix', backend: { service } }] },
  };
}

/** The form of the URLs that the definition of GafaelfawrIngress takes; Gafaelfawr itself ignores the field. */
const GAFAELFAWR_URL = /^https:\/\/[a-z.-]+/;

/** Gafaelfawr makes an Ingress of the template, which asks it whether a request comes from the user. */
function gafaelfawrIngress(set: FileServerSet, { annotations }: Routing<'gafaelfawr'>): CustomObject {
  const { config, name, operationId, user } = set;
  const { baseUrl } = config;
  const { username } = user;
  const template = templateMetadata({ username, operationId });
  const allAnnotations = { ...annotations, ...template.annotations };
  return {
    apiVersion: 'gafaelfawr.lsst.io/v1alpha1',
    kind: 'GafaelfawrIngress',
    metadata: metadataOf(set),
    config: {
      allowOptions: true,
      authType: 'basic',
      ...(GAFAELFAWR_URL.test(baseUrl) ? { baseUrl } : {}),
      scopes: { all: ['write:files'] },
      service: 'nublado-files',
      username,
    },
    template: {
      metadata: {
        name,
        labels: { ...template.labels },
        ...(Object.keys(allAnnotations).length === 0 ? {} : { annotations: allAnnotations }),
      },
      // Gafaelfawr needs a host, whatever it is.
      spec: { rules: [rule(set, new URL(baseUrl).hostname)] },
    },
  };
}

function plainIngress(
  set: FileServerSet,
  { annotations, className, tlsSecretName }: Routing<'ingress'>,
): V1Ingress {
  const host = hostOfRules(set.config.baseUrl);
  const hosts = host === null ? {} : { hosts: [host] };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: metadataOf(set, { annotations }),
    spec: {
      ...(className === null ? {} : { ingressClassName: className }),
      rules: [rule(set, host)],
      ...(tlsSecretName === null ? {} : { tls: [{ ...hosts, secretName: tlsSecretName }] }),
    },
  };
}

function httpRoute(set: FileServerSet, { annotations, parentRefs }: Routing<'httpRoute'>): CustomObject {
  const host = hostOfRules(set.config.baseUrl);
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: metadataOf(set, { annotations }),
    spec: {
      parentRefs: parentRefs.map(({ name, namespace, sectionName }) => ({
        name,
        ...(namespace === null ? {} : { namespace }),
        ...(sectionName === null ? {} : { sectionName }),
      })),
      ...(host === null ? {} : { hostnames: [host] }),
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: set.path } }],
          backendRefs: [{ name: set.name, port: FILE_SERVER_PORT }],
        },
      ],
    },
  };
}
