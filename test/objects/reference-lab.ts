import type {
  V1ConfigMap,
  V1ObjectMeta,
  V1Pod,
  V1ResourceQuota,
  V1Secret,
  V1Service,
} from '@kubernetes/client-node';

const DIGEST = `sha256:${'4e'.repeat(32)}`;

/** The image of the labs below, with the digest that the reference controller adds. */
export const REFERENCE_IMAGE = `registry.example.com/lab:behaviour-fast@${DIGEST}`;

/** Of every object, so that Argo CD leaves it alone. */
const ANNOTATIONS = {
  'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
  'argocd.argoproj.io/sync-options': 'Prune=false',
};

/**
 * A lab as the reference controller makes it: no spawn ID, amounts of memory in bytes, and those of cores as the API
 * server normalises them. `test/e2e/there-and-back-original.test.ts` compares it with a lab of that controller itself.
 */
export function aReferenceLab(username = 'rachel', namespace = `lab-${username}`) {
  const labels = { 'nublado.lsst.io/category': 'lab', 'nublado.lsst.io/user': username };
  const metadata = (name: string): V1ObjectMeta => ({
    name,
    namespace,
    labels,
    annotations: { ...ANNOTATIONS },
  });
  const environment: V1ConfigMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata(`${username}-nb-env`),
    immutable: true,
    data: {
      CONTAINER_SIZE: 'Small (1.0 CPU, 1Gi RAM)',
      CPU_GUARANTEE: '0.1',
      CPU_LIMIT: '1.0',
      DEBUG: 'TRUE',
      EXTERNAL_INSTANCE_URL: 'https://data.example',
      IMAGE_DESCRIPTION: 'Fast',
      IMAGE_DIGEST: DIGEST,
      JUPYTERHUB_ACTIVITY_INTERVAL: '3600',
      JUPYTERHUB_SERVICE_PREFIX: `/nb/user/${username}/`,
      JUPYTER_IMAGE: REFERENCE_IMAGE,
      JUPYTER_IMAGE_SPEC: REFERENCE_IMAGE,
      MEM_GUARANTEE: '268435456',
      MEM_LIMIT: '1073741824',
      NUBLADO_RUNTIME_MOUNTS_DIR: '/etc/nublado',
    },
  };
  const nss: V1ConfigMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata(`${username}-nb-nss`),
    immutable: true,
    data: {
      group: `root:x:0:\n${username}:x:1101:\nlsst:x:2010:${username}\n`,
      passwd: `root:x:0:0:root:/root:/bin/bash\n${username}:x:1101:1101:Rachel Ruderman:/home/${username}:/bin/bash\n`,
    },
  };
  const secret: V1Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata(`${username}-nb`),
    immutable: true,
    type: 'Opaque',
    data: { token: Buffer.from('gt-imitated.token').toString('base64') },
  };
  const quota: V1ResourceQuota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: metadata(`${username}-nb`),
    spec: { hard: { 'limits.cpu': '4500m', 'limits.memory': String(27 * 2 ** 30) } },
  };
  const networkPolicy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata(`${username}-nb`),
    spec: {
      policyTypes: ['Ingress'],
      podSelector: { matchLabels: labels },
      ingress: [
        {
          from: [
            { namespaceSelector: { matchLabels: labels } },
            { namespaceSelector: {}, podSelector: { matchLabels: { app: 'jupyterhub' } } },
          ],
          ports: [{ port: 8888 }],
        },
      ],
    },
  };
  const service: V1Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata('lab'),
    spec: { ports: [{ port: 8888, targetPort: 8888 }], selector: labels },
  };
  return {
    namespace: { metadata: { name: namespace, labels, annotations: { ...ANNOTATIONS } } },
    environment,
    nss,
    secret,
    quota,
    networkPolicy,
    service,
    pod: podOf(username, metadata(`${username}-nb`)),
  };
}

function podOf(username: string, metadata: V1ObjectMeta): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      annotations: {
        ...metadata.annotations,
        'nublado.lsst.io/user-name': 'Rachel Ruderman',
        'nublado.lsst.io/user-groups': '[{"name": "rachel", "id": 1101}, {"name": "lsst", "id": 2010}]',
      },
    },
    spec: {
      automountServiceAccountToken: false,
      restartPolicy: 'OnFailure',
      securityContext: { supplementalGroups: [1101, 2010] },
      containers: [
        {
          name: 'notebook',
          args: ['start-notebook.py'],
          image: REFERENCE_IMAGE,
          imagePullPolicy: 'IfNotPresent',
          env: [
            {
              name: 'ACCESS_TOKEN',
              valueFrom: { secretKeyRef: { key: 'token', name: `${username}-nb`, optional: false } },
            },
            { name: 'KUBERNETES_NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
          ],
          envFrom: [{ configMapRef: { name: `${username}-nb-env` } }],
          ports: [{ containerPort: 8888, name: 'jupyterlab' }],
          resources: {
            limits: { cpu: '1', memory: String(2 ** 30) },
            requests: { cpu: '100m', memory: String(2 ** 28) },
          },
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['all'] },
            readOnlyRootFilesystem: true,
            runAsUser: 1101,
            runAsGroup: 1101,
            runAsNonRoot: true,
          },
          volumeMounts: [
            { mountPath: '/etc/passwd', name: 'passwd', readOnly: true, subPath: 'passwd' },
            { mountPath: '/etc/nublado/secrets', name: 'secrets', readOnly: true },
          ],
          workingDir: `/home/${username}`,
        },
      ],
      volumes: [
        {
          name: 'passwd',
          configMap: {
            name: `${username}-nb-nss`,
            items: [{ key: 'passwd', mode: 0o644, path: 'passwd' }],
          },
        },
        { name: 'secrets', secret: { secretName: `${username}-nb` } },
      ],
    },
  };
}
