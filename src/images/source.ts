import type { Config } from '../config/config';
import type { ImageSource } from '../domain/images/source';
import { createStaticImageSource } from './static';

/**
 * Makes the image source that the configuration names.
 *
 * @throws Error for a source that this version cannot serve.
 */
export function createImageSource(source: Config['images']['source']): ImageSource {
  if (source.type === 'static') return createStaticImageSource(source.images, source.recommended);
  throw new Error(
    `images.source.type: "${source.type}" is not served by this version; use "static" and list the images`,
  );
}
