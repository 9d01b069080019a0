import { DomainError } from '../../domain/errors';
import type { FileServerSettings } from '../dependencies';

type Enabled = Extract<FileServerSettings, { readonly enabled: true }>;

/** The settings of an installation whose users can have file servers. @throws DomainError `not_supported` for others. */
export function requireFileServers(settings: FileServerSettings): Enabled {
  if (settings.enabled) return settings;
  throw new DomainError('not_supported', 'Fileserver is disabled in configuration');
}
