import { onePerDigest } from './images/collection';
import { pinnedReferenceOf } from './images/image';
import type { ImageOffer } from './images/offer';
import type { WantedPull } from './pull';

/**
 * What eligible nodes lack of the prepull set: the recommended image on all nodes, then the others in the order of
 * menus, each digest once per node.
 */
export function missingPulls({ prepull, recommended, nodes }: ImageOffer): WantedPull[] {
  const eligible = nodes
    .filter(({ isEligible }) => isEligible)
    .map(({ name, digests }) => ({ name, digests: new Set(digests) }));
  const images = onePerDigest(prepull);
  const isRecommended = ({ digest }: { digest: string | null }) => digest === recommended?.digest;
  return [...images.filter(isRecommended), ...images.filter((image) => !isRecommended(image))].flatMap(
    (image) => {
      const { tag, digest } = image;
      if (digest === null) return [];
      return eligible
        .filter(({ digests }) => !digests.has(digest))
        .map(({ name }) => ({
          node: name,
          tag,
          digest,
          reference: pinnedReferenceOf(image),
          name: image.displayName,
        }));
    },
  );
}
