import type { Config } from '../../config/config';
import { DomainError } from '../../domain/errors';
import { fileServerTimeouts } from '../../domain/file-server';
import { fileServerWorkflowId } from '../../domain/file-server-key';
import type { SealedConfiguration } from '../../domain/lab-plan';
import type { PosixUser } from '../../domain/user';
import { sealFileServer } from '../../sealing/file-server';
import type { Sealer } from '../../sealing/sealer';
import { newOperationId } from '../../workflow-clients/lab/executions';
import type { EnsureRequest } from '../../workflows/fileserver/messages';

/** What a file server is planned by: one version of the configuration. */
export interface FileServerTerms {
  readonly settings: Pick<Config, 'fileserver' | 'timeouts'>;
  /** The same version, sealed, from which a worker builds the objects. */
  readonly configuration: SealedConfiguration;
}

interface PlanningDependencies {
  readonly sealer: Pick<Sealer, 'seal'>;
  readonly terms: () => FileServerTerms;
}

/**
 * Plans the file server of a user, and seals the plan, so that only the user's own workflow can carry it out, and only
 * as it is. The caller has checked that the user may have one.
 *
 * @throws DomainError `not_supported` while file servers are disabled.
 */
export function planFileServer({ sealer, terms }: PlanningDependencies, user: PosixUser): EnsureRequest {
  const { configuration, settings } = terms();
  const { fileserver, timeouts } = settings;
  if (!fileserver.enabled) {
    throw new DomainError('not_supported', 'Fileserver is disabled in configuration');
  }
  const plan = {
    user,
    namespace: fileserver.namespace,
    routing: fileserver.ingress.type,
    configuration,
    acceptedAt: new Date().toISOString(),
  };
  const request = {
    operationId: newOperationId(),
    plan,
    timeouts: fileServerTimeouts(fileserver, timeouts),
  };
  return sealFileServer(request, fileServerWorkflowId(user.username), sealer);
}
