/** An image that a node lacks. A node's image is known by its digest. */
export interface WantedPull {
  readonly node: string;
  /** `registry/repository:tag@digest`. */
  readonly reference: string;
  readonly tag: string;
  readonly digest: string;
  /** For people. */
  readonly name: string;
}

/** An image that a node has got, perhaps not yet in the node's own list. */
export interface PulledImage {
  readonly node: string;
  readonly digest: string;
}

/** A pull that will be tried again; `nextTryAt` is RFC 3339. */
export interface FailedPull {
  readonly node: string;
  readonly reference: string;
  readonly reason: string;
  readonly attempts: number;
  readonly nextTryAt: string;
}

/** What prepulling is doing, for operators. */
export interface PrepullReport {
  readonly running: readonly { readonly node: string; readonly reference: string; readonly since: string }[];
  /** The first of those that have failed. */
  readonly failed: readonly FailedPull[];
  readonly failedCount: number;
  /** Pulls that wait for their node, or for the overall bound. */
  readonly waiting: number;
  /** Pulls that have succeeded since the workflow started. */
  readonly done: number;
}

/** Tells pulls apart; neither part can hold a space. */
export function pullKey({ node, digest }: PulledImage): string {
  return `${node} ${digest}`;
}

/** How long a pull is left alone after its latest failure: the first pause, doubled with each further one. */
export function retryDelayMs(attempts: number, firstMs: number, maxMs: number): number {
  return Math.min(maxMs, firstMs * 2 ** Math.min(attempts - 1, 30));
}
