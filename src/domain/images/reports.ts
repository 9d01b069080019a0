import { eligibleNames } from './catalogue';
import { hideResolvedAliases, withoutArchitectures } from './collection';
import { isCachedOn, type KnownImage, referenceOf } from './image';
import type { ImageOffer } from './offer';

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

/** An image of the prepull set, and where it is. */
export interface PrepullImage {
  /** Without digest. */
  readonly reference: string;
  readonly tag: string;
  readonly name: string;
  readonly digest: string | null;
  /** Bytes. */
  readonly size: number | null;
  /** Nodes that have it; sorted. */
  readonly nodes: readonly string[];
  /** Eligible nodes that lack it; sorted. */
  readonly missing: readonly string[];
}

/** A node, and what it has of the prepull set. */
export interface PrepullNode {
  readonly name: string;
  readonly isEligible: boolean;
  readonly comment: string | null;
  /** References without digests, in the order of menus. */
  readonly cached: readonly string[];
}

/** How far prepulling is. */
export interface PrepullStatus {
  /** On every eligible node. */
  readonly prepulled: readonly PrepullImage[];
  readonly pending: readonly PrepullImage[];
  readonly nodes: readonly PrepullNode[];
}

/** Reports the prepull set; aliases are left out where their target is reported. */
export function prepullStatus({ prepull, nodes }: ImageOffer): PrepullStatus {
  const eligible = eligibleNames(nodes);
  const images = hideResolvedAliases(prepull);
  const statusOf = (image: KnownImage): PrepullImage => ({
    reference: referenceOf(image),
    tag: image.tag,
    name: image.displayName,
    digest: image.digest,
    size: image.size,
    nodes: image.nodes,
    missing: eligible.filter((name) => !image.nodes.includes(name)).toSorted(),
  });
  return {
    prepulled: images.filter((image) => isCachedOn(image, eligible)).map(statusOf),
    pending: images.filter((image) => !isCachedOn(image, eligible)).map(statusOf),
    nodes: nodes.map(({ name, isEligible, comment }) => ({
      name,
      isEligible,
      comment,
      cached: images.filter((image) => image.nodes.includes(name)).map(referenceOf),
    })),
  };
}
