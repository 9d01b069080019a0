import type { V1Node } from '@kubernetes/client-node';
import type { NodeCondition } from '../domain/node-eligibility';

/** An image on a node. */
export interface NodeImage {
  readonly digest: string;
  /** Bytes. */
  readonly size: number | null;
}

/** What is read of a node. */
export interface NodeFacts extends NodeCondition {
  readonly name: string;
  /** By digest; images without one are of no use here. */
  readonly images: readonly NodeImage[];
}

/** The digest of an image by its names, of which one has the form `…@<digest>`; null without such a name. */
function digestOf(names: readonly string[]): string | null {
  const name = names.find((text) => text.includes('@'));
  return name?.slice(name.indexOf('@') + 1) ?? null;
}

/** Reads a node; what it does not tell counts as not there. */
export function nodeFacts({ metadata, spec, status }: V1Node): NodeFacts {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    name: metadata?.name ?? '',
    taints: (spec?.taints ?? []).map(({ key, value, effect }) => ({ key, value: value ?? null, effect })),
    isReady: ready?.status === 'True',
    isUnschedulable: spec?.unschedulable ?? false,
    images: (status?.images ?? []).flatMap(({ names, sizeBytes }) => {
      // Images without names exist in the field.
      const digest = digestOf(names ?? []);
      return digest === null ? [] : [{ digest, size: sizeBytes ?? null }];
    }),
  };
}
