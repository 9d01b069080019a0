import type { V1Container, V1Job, V1ObjectMeta, V1PersistentVolumeClaim } from '@kubernetes/client-node';
import { fileServerClaimName } from '../../domain/file-server-key';
import { confinedSecurityContext, containerResources, placement, podSecurityContext } from '../pod-spec';
import { type ConfiguredVolume, claimsOf, configuredMounts, mountedVolumes, podVolume } from '../volumes';
import { type FileServerSet, metadataOf } from './input';
import { templateMetadata } from './metadata';

/** The port of the file server's container and of its Service. */
export const FILE_SERVER_PORT = 8000;

/** The name of the container. */
export const FILE_SERVER_CONTAINER_NAME = 'fileserver';

/** Where the container mounts what it serves. */
const SERVED_DIRECTORY = '/mnt';

/** The program in the controller's image; an absolute path, so that `PATH` is not searched. */
const PROGRAM = '/usr/local/bin/worblehat';

/** How long a finished job stays if no controller is there to remove it, in seconds: a day. */
const KEPT_WHEN_FINISHED = 86_400;

/** The volumes of labs that file servers mount. */
function servedVolumes({ fileserver, lab }: FileServerSet['config']): ConfiguredVolume[] {
  return mountedVolumes(lab.volumes, fileserver.volumeMounts);
}

/** The claims behind the mounted volumes. */
export function fileServerClaims(set: FileServerSet): V1PersistentVolumeClaim[] {
  const { username } = set.user;
  return claimsOf(servedVolumes(set.config), (volume) =>
    metadataOf(set, { named: fileServerClaimName(username, volume) }),
  );
}

/**
 * Options by which the program authenticates callers itself; none behind Gafaelfawr, which has done so. They are options
 * rather than variables, so that a program without them refuses to start instead of serving without authentication.
 */
function authentication({ config, user }: FileServerSet): Pick<V1Container, 'args'> {
  const { auth, fileserver } = config;
  if (fileserver.ingress.type === 'gafaelfawr') return {};
  const hub = auth.type === 'jupyterhub' ? [`--hub-api-url=${auth.apiUrl}`] : [];
  return { args: [`--user=${user.username}`, ...hub] };
}

function container(set: FileServerSet): V1Container {
  const { fileserver, lab, supportImage } = set.config;
  const variables = {
    WORBLEHAT_BASE_HREF: set.path,
    WORBLEHAT_DIR: SERVED_DIRECTORY,
    WORBLEHAT_PORT: String(FILE_SERVER_PORT),
    WORBLEHAT_TIMEOUT: String(Math.ceil(fileserver.idleTimeoutMs / 1000)),
  };
  return {
    name: FILE_SERVER_CONTAINER_NAME,
    image: `${supportImage.repository}:${supportImage.tag}`,
    imagePullPolicy: supportImage.pullPolicy,
    command: [PROGRAM],
    ...authentication(set),
    env: Object.entries(variables).map(([name, value]) => ({ name, value })),
    ports: [{ containerPort: FILE_SERVER_PORT, name: 'http' }],
    ...(fileserver.resources === null ? {} : { resources: containerResources(fileserver.resources) }),
    securityContext: confinedSecurityContext(lab.podSecurity),
    volumeMounts: configuredMounts(fileserver.volumeMounts, { below: SERVED_DIRECTORY }),
  };
}

function podMetadata({ config, name, operationId, user }: FileServerSet): V1ObjectMeta {
  const { labels, annotations } = templateMetadata({ username: user.username, operationId });
  return {
    name,
    labels: { ...labels },
    annotations: { ...config.fileserver.extraAnnotations, ...annotations },
  };
}

/** The job of a file server: one pod, which is not started again. */
export function fileServerJob(set: FileServerSet): V1Job {
  const { config, user } = set;
  const { fileserver, lab } = config;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadataOf(set, { annotations: fileserver.extraAnnotations }),
    spec: {
      // A file server that has ended by itself was idle, and one that has failed is reported: neither is replaced.
      backoffLimit: 0,
      ttlSecondsAfterFinished: KEPT_WHEN_FINISHED,
      template: {
        metadata: podMetadata(set),
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          restartPolicy: 'Never',
          securityContext: {
            runAsUser: user.uid,
            runAsGroup: user.gid,
            runAsNonRoot: true,
            ...podSecurityContext(lab.podSecurity, user),
          },
          ...placement(fileserver),
          containers: [container(set)],
          volumes: servedVolumes(config).map((volume) =>
            podVolume(volume, (name) => fileServerClaimName(user.username, name)),
          ),
        },
      },
    },
  };
}
