import type { V1Node } from '@kubernetes/client-node';
import { normalisedName } from '../../domain/images/image';
import type { NodeCondition } from '../../domain/node-eligibility';
import { flag } from '../../domain/shapes';
import { count, listOf, objectOf, text } from './fields';

/** An image on a node. It has several names: by digest, of which there may be several too, and by tag, in any order. */
export interface NodeImage {
  /** Of the image itself, of the list that it is of, or of another compression: each is a name of it. */
  readonly digests: readonly string[];
  /** `registry/repository:tag`, each written out as `normalisedName` does. */
  readonly tags: readonly string[];
  /** Bytes. */
  readonly size: number | null;
}

/** The part of a node that image selection and prepulling use. */
export interface NodeFacts extends NodeCondition {
  readonly name: string;
  readonly images: readonly NodeImage[];
}

const nodeFields = objectOf({
  metadata: objectOf({ name: text }),
  spec: objectOf({ taints: listOf(objectOf({ key: text, value: text, effect: text })), unschedulable: flag }),
  status: objectOf({
    conditions: listOf(objectOf({ type: text, status: text })),
    images: listOf(objectOf({ names: listOf(text), sizeBytes: count })),
  }),
});

/** Sorts the names of an image; images without any exist. */
function nodeImage(names: readonly string[], size: number | null): NodeImage {
  const digests = names.flatMap((name) => {
    const at = name.indexOf('@');
    return at < 0 ? [] : [name.slice(at + 1)];
  });
  const tags = names.filter((name) => !name.includes('@')).map(normalisedName);
  return { digests: [...new Set(digests)], tags: [...new Set(tags)], size };
}

/** Reads a node. A field that is absent or unreadable counts as empty; a taint needs a key and an effect. */
export function nodeFacts(node: V1Node): NodeFacts {
  const { metadata, spec, status } = nodeFields(node) ?? {};
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    name: metadata?.name ?? '',
    taints: (spec?.taints ?? []).flatMap(({ key, value = null, effect }) =>
      key === undefined || effect === undefined ? [] : { key, value, effect },
    ),
    isReady: ready?.status === 'True',
    isUnschedulable: spec?.unschedulable ?? false,
    images: (status?.images ?? []).map(({ names = [], sizeBytes = null }) => nodeImage(names, sizeBytes)),
  };
}
