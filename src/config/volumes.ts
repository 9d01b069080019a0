import { posix } from 'node:path';
import * as z from 'zod';
import { memory } from './quantities';
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
  scalar(`an absolute path other than ${RESERVED_PATHS.join(', ')}`, (value) =>
    typeof value === 'string' && value.startsWith('/') && !isReservedPath(value) ? value : undefined,
  );

const medium = scalar('memory or disk', (value) =>
  value === '' || value === 'memory' ? 'memory' : value === 'disk' ? 'disk' : undefined,
);

const hostPath = z.strictObject({ type: z.literal('hostPath'), path: absolutePath() });

const nfs = z.strictObject({
  type: z.literal('nfs'),
  server: filledText(),
  serverPath: absolutePath(),
  readOnly: boolean().default(false),
});

const persistentVolumeClaim = z.strictObject({
  type: z.literal('persistentVolumeClaim'),
  accessModes: z.array(oneOf(['ReadOnlyMany', 'ReadWriteMany'])),
  storageClassName: text(),
  resources: section({ requests: textMap() }),
  readOnly: boolean().default(false),
});

const emptyDir = z.strictObject({
  type: z.literal('emptyDir'),
  size: memory(),
  medium: medium.default('memory'),
});

/** A volume that containers can mount; only the branch its `type` selects is checked. */
export const volume = section({
  name: kubernetesName(),
  source: variants([hostPath, nfs, persistentVolumeClaim, emptyDir]),
});

/** Where a container mounts a volume. */
export const mount = section({
  containerPath: freePath(),
  volumeName: text(),
  subPath: text().nullable().default(null),
  readOnly: boolean().default(false),
});

export type VolumeConfig = z.output<typeof volume>;
export type MountConfig = z.output<typeof mount>;
