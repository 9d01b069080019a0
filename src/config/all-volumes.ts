import type { FileConfig } from './schema';

/** Every volume that the configuration defines, with the path of its entry. */
export function allVolumes({ lab, fsadmin }: FileConfig) {
  return [
    ...lab.volumes.map((volume, index) => ({ ...volume, path: ['lab', 'volumes', index] })),
    ...fsadmin.extraVolumes.map((volume, index) => ({ ...volume, path: ['fsadmin', 'extraVolumes', index] })),
  ];
}

/** Every mount of a volume in any pod, with the path of its entry. */
export function allMounts({ lab, fileserver, fsadmin }: FileConfig) {
  const lists = [
    { mounts: lab.volumeMounts, path: ['lab', 'volumeMounts'] },
    ...lab.initContainers.map(({ volumeMounts }, index) => ({
      mounts: volumeMounts,
      path: ['lab', 'initContainers', index, 'volumeMounts'],
    })),
    { mounts: fileserver.enabled ? fileserver.volumeMounts : [], path: ['fileserver', 'volumeMounts'] },
    { mounts: fsadmin.extraVolumeMounts, path: ['fsadmin', 'extraVolumeMounts'] },
  ];
  return lists.flatMap(({ mounts, path }) =>
    mounts.map((mount, index) => ({ ...mount, path: [...path, index] })),
  );
}
