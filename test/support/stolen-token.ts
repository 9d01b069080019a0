import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { AUTOMATIC_VOLUMES } from '../../src/domain/names';
import { fileServerObjects } from '../../src/objects/file-server/objects';
import { fsadminObjects } from '../../src/objects/fsadmin';
import { labObjects } from '../../src/objects/lab/objects';
import { prepullPod } from '../../src/objects/prepull-pod';
import { inputOf } from '../objects/cases';
import { fileServerInput, fsadminInput } from '../objects/file-server-cases';

/*
 * What could be tried with the token of a service account of the controller. Names are those of the table in
 * docs/security.md, which has the outcomes.
 */

/** Namespaces of the attempts. */
export interface Places {
  /** Of the controller. */
  readonly own: string;
  readonly files: string;
  /** Of a lab that exists. */
  readonly lab: string;
  /** Of another application, with pod `application`. */
  readonly other: string;
  /** What namespaces of labs begin with. */
  readonly prefix: string;
}

/** One attempt: objects to create, an object to delete, or another command of kubectl. */
export type Attempt =
  | { readonly create: object }
  | { readonly delete: readonly [kind: string, name: string, namespace?: string] }
  | { readonly run: readonly string[] };

const CATEGORY = 'nublado.lsst.io/category';
const LAB = { [CATEGORY]: 'lab', 'nublado.lsst.io/user': 'rachel' };

const object = (kind: string, namespace: string, fields: object = {}, labels: object = LAB) => ({
  apiVersion: kind === 'NetworkPolicy' ? 'networking.k8s.io/v1' : 'v1',
  kind,
  metadata: { name: 'stolen', namespace, labels },
  ...fields,
});

const namespaceNamed = (name: string, labels: object) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});

/** A pod with changes of its specification, and of its containers. */
function changed(pod: V1Pod, spec: object, container: object = {}, init: object = {}): V1Pod {
  const [lab, ...others] = pod.spec?.containers ?? [];
  const [inithome, ...steps] = pod.spec?.initContainers ?? [];
  const first = [{ ...lab, ...container }, ...others] as V1Container[];
  const before = inithome ? { initContainers: [{ ...inithome, ...init }, ...steps] as V1Container[] } : {};
  return { ...pod, spec: { ...pod.spec, containers: first, ...before, ...spec } };
}

const secured = ({ spec }: V1Pod, changes: object) => ({
  securityContext: { ...spec?.containers[0]?.securityContext, ...changes },
});

const withVolume = ({ spec }: V1Pod, source: object) => ({
  volumes: [...(spec?.volumes ?? []), { name: 'stolen', ...source }],
});

/** Attempts with namespaces. */
function withNamespaces({ lab, other, own, prefix }: Places): Record<string, Attempt> {
  return {
    'create a namespace of another name': { create: namespaceNamed('stolen', LAB) },
    'create a namespace without labels of a lab': { create: namespaceNamed(`${prefix}-stolen`, {}) },
    'delete the namespace of another application': { delete: ['namespace', other] },
    'delete the controller’s own namespace': { delete: ['namespace', own] },
    'delete the namespace of a lab': { delete: ['namespace', lab] },
  };
}

/** Attempts with other objects, in whatever namespace. */
function elsewhere({ lab, other, own }: Places): Record<string, Attempt> {
  const quota = { spec: { hard: { pods: '0' } } };
  const policy = { spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{}] } };
  const pod = { spec: { containers: [{ name: 'stolen', image: 'evil:1' }], hostNetwork: true } };
  const claim = (fields: object) => ({
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'fast',
      resources: { requests: { storage: '1Gi' } },
      ...fields,
    },
  });
  return {
    'create a pod in `kube-system`': { create: object('Pod', 'kube-system', pod) },
    'create a pod in the namespace of another application': { create: object('Pod', other, pod) },
    'delete a pod of another application': { delete: ['pod', 'application', other] },
    'delete a pod of the API': { delete: ['pod', 'api', own] },
    'open another application’s network': { create: object('NetworkPolicy', other, policy) },
    'keep another application from having pods': { create: object('ResourceQuota', other, quota) },
    'create a Secret in the controller’s namespace': { create: object('Secret', own) },
    'create a ConfigMap in the controller’s namespace': { create: object('ConfigMap', own) },
    'claim a volume by its name': {
      create: object('PersistentVolumeClaim', lab, claim({ volumeName: 'of-another' })),
    },
    'claim a volume of another storage class': {
      create: object('PersistentVolumeClaim', lab, claim({ storageClassName: 'other' })),
    },
    'list the pods of all namespaces': { run: ['get', 'pods', '--all-namespaces'] },
    'read a ConfigMap of another application': {
      run: ['get', 'configmap', 'settings', '--namespace', other],
    },
    'read a Secret that the configuration mentions': { run: ['get', 'secret', 'site', '--namespace', own] },
    'read the sealing keys': { run: ['get', 'secret', 'keys', '--namespace', own] },
    'list the Secrets of the controller’s namespace': { run: ['get', 'secrets', '--namespace', own] },
    'read a Secret of a lab': { run: ['get', 'secret', 'rachel-nb', '--namespace', lab] },
    'get a token of another service account': { run: ['create', 'token', 'default', '--namespace', other] },
  };
}

/** Attempts with pods in the namespace of a lab. */
function withLabs({ lab }: Places): Record<string, Attempt> {
  const { plan, ...rest } = inputOf('everything');
  const { pod } = labObjects({ ...rest, plan: { ...plan, namespace: lab } });
  const create = (spec: object, container?: object, init?: object): Attempt => ({
    create: changed(pod, spec, container, init),
  });
  const env = (pod.spec?.initContainers?.[0]?.env ?? []).concat({
    name: 'NODE_OPTIONS',
    value: '-r /home/a',
  });
  const volumeMounts = [{ name: AUTOMATIC_VOLUMES.environment, mountPath: '/usr/local/bin' }];
  const token = { serviceAccountToken: { path: 'token' } };
  return {
    'a lab with privilege': create({}, secured(pod, { privileged: true, allowPrivilegeEscalation: true })),
    'a lab that runs as root': create({}, secured(pod, { runAsNonRoot: false, runAsUser: 0 })),
    'a lab of whatever user its image says': create({}, secured(pod, { runAsUser: undefined })),
    'a lab with a capability': create({}, secured(pod, { capabilities: { add: ['SYS_ADMIN'] } })),
    'a lab in the network of its node': create({ hostNetwork: true }),
    'a lab among the processes of its node': create({ hostPID: true }),
    'a lab at a port of its node': create({}, { ports: [{ containerPort: 1, hostPort: 1 }] }),
    'a lab with the files of its node': create(withVolume(pod, { hostPath: { path: '/' } })),
    'a lab with another NFS export': create(
      withVolume(pod, { nfs: { server: 'nfs.example', path: '/secret' } }),
    ),
    'a lab with the token of a service account': create({ automountServiceAccountToken: true }),
    'a lab with such a token as a volume': create(withVolume(pod, { projected: { sources: [token] } })),
    'a lab with another service account': create({ serviceAccountName: 'application' }),
    'the container that makes home directories, of another image': create({}, {}, { image: 'evil:1' }),
    'the same with another command': create({}, {}, { command: ['/bin/sh'] }),
    'the same with further arguments': create({}, {}, { args: ['--anything'] }),
    'the same with a variable that loads code': create({}, {}, { env }),
    'the same with its program replaced by a mount': create({}, {}, { volumeMounts }),
    'the same with a command that runs beside it': create(
      {},
      {},
      { restartPolicy: 'Always', startupProbe: { exec: { command: ['/bin/sh'] } } },
    ),
    'a lab of any user ID, any image and any configured volume': create(
      {},
      { ...secured(pod, { runAsUser: 4242, runAsGroup: 4242 }), image: 'evil:1' },
    ),
  };
}

/** Attempts with what the controller creates outside labs. */
function withOthers({ files, own }: Places): Record<string, Attempt> {
  const input = fileServerInput('everything');
  const fileserver = { ...input.config.fileserver, namespace: files };
  const { job } = fileServerObjects({ ...input, config: { ...input.config, fileserver } });
  const template: V1Pod = { ...job.spec?.template };
  const jobWith = (changes: object): Attempt => ({
    create: { ...job, spec: { ...job.spec, template: changed(template, changes) } },
  });
  const { pod } = fsadminObjects({ ...fsadminInput('minimal'), namespace: own });
  const pull = prepullPod({
    name: 'stolen',
    namespace: own,
    node: 'node-1',
    reference: 'evil:1',
    id: 'a-pull',
    tolerations: [],
    pullSecret: null,
  });
  const account = { serviceAccountName: 'application' };
  return {
    'a file server as root': jobWith({ securityContext: { runAsUser: 0, runAsNonRoot: false } }),
    'a file server with the files of its node': jobWith(withVolume(template, { hostPath: { path: '/' } })),
    'the pod for file system administration with another command': {
      create: changed(pod, {}, { command: ['/bin/sh'] }),
    },
    'the same with the files of its node': {
      create: changed(pod, withVolume(pod, { hostPath: { path: '/' } })),
    },
    'a pod that pulls an image, with the controller’s service account': { create: changed(pull, account) },
    'the same with the sealing keys': {
      create: changed(pull, withVolume(pull, { secret: { secretName: 'keys' } })),
    },
    'the same with a configured volume': {
      create: changed(pull, withVolume(pull, { hostPath: { path: '/srv/data' } })),
    },
  };
}

/** All attempts by their name. */
export function attemptsIn(places: Places): Readonly<Record<string, Attempt>> {
  return { ...withNamespaces(places), ...elsewhere(places), ...withLabs(places), ...withOthers(places) };
}
