/** How a file server differs from the usual one. */
export interface ReferenceChanges {
  readonly namespace?: string;
  /** Of the platform's URL. */
  readonly host?: string;
  /** Annotations of the pod, by which a test chooses its behaviour. */
  readonly podAnnotations?: Readonly<Record<string, string>>;
  /** Annotations of the Ingress that Gafaelfawr makes. */
  readonly ingressAnnotations?: Readonly<Record<string, string>>;
  /** Fields of the job's `spec` besides its template. */
  readonly jobSpec?: object;
}

/** A file server as the reference controller makes it: two labels, no spawn ID, and a job that starts its pod again. */
export function aReferenceFileServer(username: string, changes: ReferenceChanges = {}) {
  const { namespace = 'fileservers', host = 'data.example', jobSpec = {} } = changes;
  const name = `${username}-fs`;
  const labels = { 'nublado.lsst.io/category': 'fileserver', 'nublado.lsst.io/user': username };
  const metadata = {
    name,
    namespace,
    labels,
    annotations: {
      'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
      'argocd.argoproj.io/sync-options': 'Prune=false',
    },
  };
  const backend = { service: { name, port: { number: 8000 } } };
  const path = { path: `/files/${username}`, pathType: 'Prefix', backend };
  const ingress = {
    apiVersion: 'gafaelfawr.lsst.io/v1alpha1',
    kind: 'GafaelfawrIngress',
    metadata,
    config: {
      allowOptions: true,
      authType: 'basic',
      baseUrl: `https://${host}`,
      scopes: { all: ['write:files'] },
      service: 'nublado-files',
      username,
    },
    template: {
      metadata: { name, labels, annotations: { ...changes.ingressAnnotations } },
      spec: { rules: [{ host, http: { paths: [path] } }] },
    },
  };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { ports: [{ port: 8000, targetPort: 8000 }], selector: labels },
  };
  const container = {
    name: 'fileserver',
    image: 'registry.example.com/nublado:8.0.0',
    imagePullPolicy: 'IfNotPresent',
    command: ['/usr/local/bin/worblehat'],
    env: Object.entries({
      WORBLEHAT_BASE_HREF: `/files/${username}`,
      WORBLEHAT_TIMEOUT: '3600',
      WORBLEHAT_DIR: '/mnt',
    }).map(([variable, value]) => ({ name: variable, value })),
    ports: [{ containerPort: 8000, name: 'http' }],
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['all'] },
      readOnlyRootFilesystem: true,
    },
  };
  const securityContext = {
    runAsUser: 1101,
    runAsGroup: 1101,
    runAsNonRoot: true,
    supplementalGroups: [1101],
  };
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata,
    spec: {
      ...jobSpec,
      template: {
        metadata: { name, labels, annotations: { ...changes.podAnnotations } },
        spec: { restartPolicy: 'Never', securityContext, containers: [container] },
      },
    },
  };
  return { ingress, service, job };
}
