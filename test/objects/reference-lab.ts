import type { V1ConfigMap, V1Pod, V1ResourceQuota } from '@kubernetes/client-node';

/** A lab as the reference controller makes it: no spawn ID, and amounts as the API server normalises them. */
export function aReferenceLab(username = 'rachel', namespace = `lab-${username}`) {
  const labels = { 'nublado.lsst.io/category': 'lab', 'nublado.lsst.io/user': username };
  const metadata = (name: string) => ({ name, namespace, labels });
  const pod: V1Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata(`${username}-nb`),
      annotations: {
        'nublado.lsst.io/user-name': 'Rachel Ruderman',
        'nublado.lsst.io/user-groups': '[{"name": "rachel", "id": 1101}, {"name": "lsst", "id": 2010}]',
      },
    },
    spec: {
      restartPolicy: 'OnFailure',
      containers: [
        {
          name: 'notebook',
          image: 'registry.example.com/lab:behaviour-fast',
          envFrom: [{ configMapRef: { name: `${username}-nb-env` } }],
          resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m', memory: '256Mi' } },
          securityContext: { runAsUser: 1101, runAsGroup: 1101, runAsNonRoot: true },
        },
      ],
    },
  };
  const environment: V1ConfigMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata(`${username}-nb-env`),
    immutable: true,
    data: {
      CPU_GUARANTEE: '0.1',
      CPU_LIMIT: '1.0',
      DEBUG: 'TRUE',
      IMAGE_DESCRIPTION: 'Fast',
      JUPYTERHUB_SERVICE_PREFIX: `/nb/user/${username}/`,
      JUPYTER_IMAGE_SPEC: 'registry.example.com/lab:behaviour-fast',
      MEM_GUARANTEE: '268435456',
      MEM_LIMIT: '1073741824',
    },
  };
  const quota: V1ResourceQuota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: metadata(`${username}-nb`),
    spec: { hard: { 'limits.cpu': '4500m', 'limits.memory': '27Gi' } },
  };
  return { namespace: { metadata: { name: namespace, labels } }, pod, environment, quota };
}
