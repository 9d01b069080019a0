import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Name, namespace and UID of the controller's own pod. */
export interface Metadata {
  readonly name: string | null;
  readonly namespace: string;
  readonly uid: string | null;
}

function readField(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null;
  }
}

/**
 * Reads the downward API files of the controller's pod below `path`. Outside a pod there are none: then
 * name and UID are null and the namespace is `nublado`.
 */
export function readMetadata(path: string): Metadata {
  return {
    name: readField(join(path, 'name')),
    namespace: readField(join(path, 'namespace')) ?? 'nublado',
    uid: readField(join(path, 'uid')),
  };
}

const packageFile: unknown = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8'));

/** The version of the controller, which its images are tagged with. */
export const VERSION: string = (packageFile as { readonly version: string }).version;
