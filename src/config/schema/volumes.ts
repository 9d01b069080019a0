import { posix } from 'node:path';
import * as z from 'zod';
import { memory } from './quantities';
import { optionalText } from './resources';
import { absolutePath, boolean, filledText, kubernetesName, oneOf, scalar, text, textMap } from './scalars';
import { section, variants } from './section';

/** A path in the form in which two spellings of one place are equal: no `.`, `//` or final slash. */
export function normalisedPath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 ? normal.replace(/\/$/, '') : normal;
}

/** Places in a lab's container that belong to the controller. */
export const RESERVED_PATHS: readonly string[] = ['/etc/group', '/etc/passwd', '/tmp'];

/** Whether a path names one of `RESERVED_PATHS`, however it is spelled. */
export const isReservedPath = (path: string): boolean => RESERVED_PATHS.includes(normalisedPath(path));

/** An absolute path that is not reserved for the controller. */
export const freePath = () =>
  scalar(
    {
      title: 'absolute path',
      rule: `an absolute path other than ${RESERVED_PATHS.join(', ')}`,
      json: { type: 'string', pattern: '^/' },
    },
    (value) =>
      typeof value === 'string' && value.startsWith('/') && !isReservedPath(value) ? value : undefined,
  );

const medium = scalar(
  { title: '`memory`, `disk`', rule: 'memory or disk', json: { enum: ['memory', 'disk', ''] } },
  (value) => (value === '' || value === 'memory' ? 'memory' : value === 'disk' ? 'disk' : undefined),
);

const readOnly = () => boolean().prefault(false).describe('Whether nothing can be written.');

const hostPath = z.strictObject({
  type: z.literal('hostPath').describe('A directory of the node.'),
  path: absolutePath().describe('Directory of the node.'),
});

const nfs = z.strictObject({
  type: z.literal('nfs').describe('A directory of an NFS server.'),
  server: filledText().describe('Host of the NFS server.'),
  serverPath: absolutePath().describe('Path that the server exports.'),
  readOnly: readOnly(),
});

const persistentVolumeClaim = z.strictObject({
  type: z.literal('persistentVolumeClaim').describe('A claim, made with the lab and gone with it.'),
  accessModes: z
    .array(oneOf(['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']))
    .describe('Access modes of the claim.'),
  storageClassName: text().describe('Storage class of the claim.'),
  resources: section({
    requests: textMap().describe('Kubernetes quantities by name, usually `storage`.'),
  }).describe('What the claim asks for.'),
  readOnly: readOnly(),
});

const emptyDir = z.strictObject({
  type: z.literal('emptyDir').describe('An empty directory, gone with the lab.'),
  size: memory().describe('Size limit.'),
  medium: medium.prefault('memory').describe('Where it is kept.'),
});

/** A volume that containers can mount; only the branch its `type` selects is checked. */
export const volume = section({
  name: kubernetesName().describe('Name by which mounts refer to it.'),
  source: variants([hostPath, nfs, persistentVolumeClaim, emptyDir]).describe('Where its contents are.'),
}).meta({ id: 'volume', title: 'volume' });

/** Where a container mounts a volume. */
export const mount = section({
  containerPath: freePath().describe('Where it appears.'),
  volumeName: text().describe('Name of the volume.'),
  subPath: optionalText().describe('Directory of the volume to mount instead of all of it.'),
  readOnly: readOnly(),
}).meta({ id: 'mount', title: 'mount' });

export type VolumeConfig = z.output<typeof volume>;
export type MountConfig = z.output<typeof mount>;
