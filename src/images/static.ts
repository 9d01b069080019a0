import { DomainError } from '../domain/errors';
import { resolveImage } from '../domain/images/selection';
import type { ImageSource } from '../domain/images/source';
import { type ConfiguredImage, staticOffer } from '../domain/images/static-offer';
import type { LabImage } from '../domain/lab';
import type { ImageChoice } from '../domain/lab-options';

/**
 * Offers a fixed list of images; where several fit, the first in the list counts. `recommended` is the name
 * of one of them, or null.
 *
 * @throws Error for a reference that is none, and for a recommended image that is not listed.
 */
export function createStaticImageSource(
  images: readonly ConfiguredImage[],
  recommended: string | null,
): ImageSource {
  const offer = staticOffer({ type: 'static', images, recommended }, []);
  const resolve = (choice: ImageChoice): LabImage => {
    const resolution = resolveImage(offer, choice);
    switch (resolution.kind) {
      case 'found':
        return resolution.image;
      case 'refused':
        throw new DomainError(resolution.refusal.code, resolution.refusal.message, [
          'body',
          'options',
          choice.field,
        ]);
      case 'read-digest':
      case 'verify-digest':
        throw new Error('a fixed list has no registry to ask');
    }
  };
  return { resolve: async (choice) => resolve(choice) };
}
