import type { ImageChoice, ImageClass } from '../lab-options';
import type { KnownImage } from './image';
import type { ImageOffer } from './image-offer';
import { parseReference } from './reference';
import { resolveDockerReference, resolveDockerTag, resolveGoogleReference } from './repository-selection';
import { found, foundOrRead, type ImageResolution, refused, unknownTag } from './resolution';
import { resolveStaticReference } from './static-selection';

/** Finds the image that a request asks for, as far as that can be known without asking the registry. */
export function resolveImage(offer: ImageOffer, choice: ImageChoice): ImageResolution {
  switch (choice.field) {
    case 'image_list':
    case 'image_dropdown':
      return resolveReference(offer, choice.reference);
    case 'image_tag':
      return resolveTag(offer, choice.tag);
    case 'image_class':
      return resolveClass(offer, choice.imageClass);
  }
}

function resolveReference(offer: ImageOffer, text: string): ImageResolution {
  const { source } = offer;
  const reference = parseReference(text);
  if (!reference) {
    return refused({ code: 'invalid_docker_reference', message: `Docker reference "${text}" is not valid` });
  }
  switch (source.type) {
    case 'docker':
      return resolveDockerReference(offer, source, reference, text);
    case 'google':
      return resolveGoogleReference(offer, source, reference, text);
    case 'static':
      return resolveStaticReference(offer, reference, text);
  }
}

function resolveTag(offer: ImageOffer, tag: string): ImageResolution {
  if (offer.source.type === 'docker') return resolveDockerTag(offer, tag);
  const known = offer.all.byTag.get(tag);
  return known ? found(known) : refused(unknownTag(tag));
}

function resolveClass(offer: ImageOffer, imageClass: ImageClass): ImageResolution {
  const image = imageOfClass(offer, imageClass);
  if (!image) return refused({ code: 'unknown_image', message: `No ${imageClass} image found` });
  return offer.source.type === 'docker' ? foundOrRead(image) : found(image);
}

function imageOfClass(offer: ImageOffer, imageClass: ImageClass): KnownImage | null {
  switch (imageClass) {
    case 'recommended':
      return offer.recommended;
    case 'latest-release':
      return offer.latestRelease;
    case 'latest-weekly':
      return offer.latestWeekly;
    case 'latest-daily':
      return offer.latestDaily;
  }
}
