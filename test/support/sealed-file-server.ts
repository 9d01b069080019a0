import { fileServerWorkflowId } from '../../src/domain/file-server-key';
import type { FileServerInput } from '../../src/objects/file-server/input';
import { sealFileServer } from '../../src/sealing/file-server';
import type { EnsureRequest } from '../../src/workflows/fileserver/messages';
import { anEnsureRequest } from './file-server-under-test';
import { sealer } from './sealing';

/** A request as the API accepts it now, for the workflow of the user, with the configuration and user of an input. */
export function aSealedEnsureRequest({ config, user }: FileServerInput): EnsureRequest {
  const { namespace, ingress } = config.fileserver;
  const { plan, ...request } = anEnsureRequest(user.username);
  const { seal: _, ...rest } = plan;
  const acceptedAt = new Date().toISOString();
  const unsealed = { ...rest, user, namespace, routing: ingress.type, acceptedAt };
  return sealFileServer({ ...request, plan: unsealed }, fileServerWorkflowId(user.username), sealer);
}
