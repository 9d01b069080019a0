import type { FileServerPlan } from '../domain/file-server';
import { requireSeal, sealRequest } from './request';
import type { Sealer } from './sealer';

/** A request for a file server before it is sealed. */
interface UnsealedFileServer {
  readonly plan: Omit<FileServerPlan, 'seal'>;
}

/**
 * Seals a request for the file server of this workflow: the seal opens with exactly this request, and proves that the
 * API has made it.
 */
export function sealFileServer<Request extends UnsealedFileServer>(
  request: Request,
  workflowId: string,
  sealer: Pick<Sealer, 'seal'>,
): Request & { readonly plan: FileServerPlan } {
  const { seal } = sealRequest(request, workflowId, sealer);
  return { ...request, plan: { ...request.plan, seal } };
}

/**
 * Verifies a request that `sealFileServer` has sealed.
 *
 * @throws SealMismatch when a field of the request was changed, or it was sealed for another workflow; Error when the
 *   key is not known.
 */
export function verifyFileServer(
  request: { readonly plan: FileServerPlan },
  workflowId: string,
  sealer: Pick<Sealer, 'open'>,
): void {
  const { seal, ...plan } = request.plan;
  requireSeal({ ...request, plan, seal }, workflowId, sealer);
}
