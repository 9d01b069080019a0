import type { Sealed } from '../domain/lab-plan';
import type { Sealer } from './sealer';

/** A request with a seal over all its other fields, which only processes with a sealing key can make. */
export type WithSeal<Request extends object> = Request & { readonly seal: Sealed };

/**
 * Seals a request for this workflow. All its fields stay readable and none can be changed, and no other workflow can use
 * it. What must not be readable in a history does not belong into it.
 */
export function sealRequest<Request extends object>(
  request: Request,
  workflowId: string,
  sealer: Pick<Sealer, 'seal'>,
): WithSeal<Request> {
  return { ...request, seal: sealer.seal('', { workflowId, terms: request }) };
}

/**
 * Checks that a request is exactly as `sealRequest` sealed it for this workflow.
 *
 * @throws SealMismatch when it is not; Error when the key is not known.
 */
export function requireSeal<Request extends object>(
  { seal, ...request }: WithSeal<Request>,
  workflowId: string,
  sealer: Pick<Sealer, 'open'>,
): void {
  sealer.open(seal, { workflowId, terms: request });
}
