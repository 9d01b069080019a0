import { eligibleNames } from './catalogue';
import { withoutArchitectures } from './collection';
import { isCachedOn, type KnownImage, referenceOf } from './image';
import type { ImageOffer } from './image-offer';

/** An image as administrators see it listed. */
export interface ListedImage {
  /** Without digest. */
  readonly reference: string;
  readonly tag: string;
  readonly name: string;
  readonly digest: string | null;
  readonly aliases: readonly string[];
  /** Whether it is on every eligible node. */
  readonly isPrepulled: boolean;
}

/** All images, and those that classes stand for. */
export interface ImageList {
  readonly recommended: ListedImage | null;
  readonly latestWeekly: ListedImage | null;
  readonly latestDaily: ListedImage | null;
  readonly latestRelease: ListedImage | null;
  /** In the order of menus, without those for one architecture. */
  readonly all: readonly ListedImage[];
}

/** Lists what is offered. */
export function imageList(offer: ImageOffer): ImageList {
  const eligible = eligibleNames(offer.nodes);
  const listed = (image: KnownImage): ListedImage => ({
    reference: referenceOf(image),
    tag: image.tag,
    name: image.displayName,
    digest: image.digest,
    aliases: image.aliases,
    isPrepulled: isCachedOn(image, eligible),
  });
  const listedOrNull = (image: KnownImage | null) => image && listed(image);
  return {
    recommended: listedOrNull(offer.recommended),
    latestWeekly: listedOrNull(offer.latestWeekly),
    latestDaily: listedOrNull(offer.latestDaily),
    latestRelease: listedOrNull(offer.latestRelease),
    all: withoutArchitectures(offer.all.images).map(listed),
  };
}
