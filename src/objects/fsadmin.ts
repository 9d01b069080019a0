import type { V1ObjectMeta, V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node';
import type { Config } from '../config/config';
import { ARGO_ANNOTATIONS, commonLabels, objectMetadata } from './labels';
import { containerResources, placement } from './pod-spec';
import { type ConfiguredVolume, claimsOf, configuredMounts, mountedVolumes, podVolume } from './volumes';

/** What the objects for file system administration are built from. */
export interface FsadminInput {
  readonly config: Pick<Config, 'fsadmin' | 'lab' | 'supportImage'>;
  /** The controller's own namespace. */
  readonly namespace: string;
  /** Identifies the creation; a valid label value. */
  readonly operationId: string;
}

/** The objects for file system administration; the properties are in creation order. */
export interface FsadminObjects {
  readonly claims: readonly V1PersistentVolumeClaim[];
  readonly pod: V1Pod;
}

type Mount = Config['lab']['volumeMounts'][number];

/** The mounts of labs, and further ones. */
function allMounts({ fsadmin, lab }: FsadminInput['config']): Mount[] {
  return [...lab.volumeMounts, ...fsadmin.extraVolumeMounts];
}

function allVolumes(config: FsadminInput['config']): ConfiguredVolume[] {
  const { fsadmin, lab } = config;
  return mountedVolumes([...lab.volumes, ...fsadmin.extraVolumes], allMounts(config));
}

/** The claim of a volume in the pod for file system administration. */
export function fsadminClaimName(podName: string, volumeName: string): string {
  return `${podName}-pvc-${volumeName}`;
}

/**
 * Builds the pod for file system administration, whose mounts are all writable, and its claims. The same input gives the
 * same objects; the input, and with it the mounts of labs, is not changed.
 */
export function fsadminObjects(input: FsadminInput): FsadminObjects {
  const { config, namespace, operationId } = input;
  const { podName } = config.fsadmin;
  const metadata = {
    labels: commonLabels('fsadmin', operationId),
    defaultAnnotations: ARGO_ANNOTATIONS,
    annotations: {},
  };
  const metadataOf = (name: string, annotations = {}): V1ObjectMeta =>
    objectMetadata(metadata, name, namespace, annotations);
  return {
    claims: claimsOf(allVolumes(config), (volume) => metadataOf(fsadminClaimName(podName, volume))),
    pod: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: metadataOf(podName, config.fsadmin.extraAnnotations),
      spec: podSpec(config),
    },
  };
}

function podSpec(config: FsadminInput['config']): NonNullable<V1Pod['spec']> {
  const { fsadmin, supportImage } = config;
  const { podName } = fsadmin;
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    restartPolicy: 'Never',
    securityContext: { runAsNonRoot: false },
    ...placement(fsadmin),
    containers: [
      {
        name: podName,
        image: `${supportImage.repository}:${supportImage.tag}`,
        imagePullPolicy: supportImage.pullPolicy,
        command: ['tail', '-f', '/dev/null'],
        ...(fsadmin.resources === null ? {} : { resources: containerResources(fsadmin.resources) }),
        securityContext: { privileged: true, runAsNonRoot: false, runAsUser: 0, runAsGroup: 0 },
        volumeMounts: configuredMounts(allMounts(config), {
          below: fsadmin.mountPrefix ?? '',
          access: 'writable',
        }),
      },
    ],
    volumes: allVolumes(config).map((volume) =>
      podVolume(volume, (name) => fsadminClaimName(podName, name), 'writable'),
    ),
  };
}
