import type { V1Node } from '@kubernetes/client-node';
import { normalisedName } from '../domain/images/reference';
import type { NodeCondition } from '../domain/node-eligibility';

/** An image on a node. It has several names: by digest, of which there may be several too, and by tag, in any order. */
export interface NodeImage {
  /** Of the image itself, of the list that it is of, or of another compression: each is a name of it. */
  readonly digests: readonly string[];
  /** `registry/repository:tag`, each written out as `normalisedName` does. */
  readonly tags: readonly string[];
  /** Bytes. */
  readonly size: number | null;
}

/** What is read of a node. */
export interface NodeFacts extends NodeCondition {
  readonly name: string;
  readonly images: readonly NodeImage[];
}

/** Reads an image's names; images without any exist in the field. */
function nodeImage(names: readonly string[], size: number | null): NodeImage {
  const digests = names.flatMap((name) => {
    const at = name.indexOf('@');
    return at < 0 ? [] : [name.slice(at + 1)];
  });
  const tags = names.filter((name) => !name.includes('@')).map(normalisedName);
  return { digests: [...new Set(digests)], tags: [...new Set(tags)], size };
}

/** Reads a node; what it does not tell counts as not there. */
export function nodeFacts({ metadata, spec, status }: V1Node): NodeFacts {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    name: metadata?.name ?? '',
    taints: (spec?.taints ?? []).map(({ key, value, effect }) => ({ key, value: value ?? null, effect })),
    isReady: ready?.status === 'True',
    isUnschedulable: spec?.unschedulable ?? false,
    images: (status?.images ?? []).map(({ names, sizeBytes }) => nodeImage(names ?? [], sizeBytes ?? null)),
  };
}
