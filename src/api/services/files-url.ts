import { withoutTrailingSlashes } from '../../domain/urls';
import type { LabSettings } from '../dependencies';

/** The page at which users get their file server; null where file servers are disabled. */
export function filesUrlOf({
  baseUrl,
  fileserver,
}: Pick<LabSettings, 'baseUrl' | 'fileserver'>): string | null {
  return fileserver.enabled ? `${withoutTrailingSlashes(baseUrl)}${fileserver.pathPrefix}` : null;
}
