import { eligibleNames, type ImageCatalogue } from './catalogue';
import type { ImageCollection } from './collection';
import type { ImageFilters } from './dropdown-filter';
import type { KnownImage } from './image';
import type { ImageOffer } from './image-offer';
import type { ImageType } from './image-tag';
import { knownImages, type TagSettings, unlistedImages } from './known-images';
import { dropdownOf, menuOf } from './menu';
import { type PrepullSettings, prepullSet } from './prepull-selection';
import { type StaticSource, staticOffer } from './static-offer';

/** What the configuration says of images. */
export interface OfferSettings {
  readonly images: TagSettings &
    PrepullSettings & { readonly source: { readonly type: 'docker' | 'google' } | StaticSource };
  readonly dropdownMenu: ImageFilters;
}

/**
 * What is offered of a catalogue; `nowMs` decides which images are too old for the drop-down. Of a catalogue beside
 * a fixed list only the nodes count.
 *
 * @throws Error for a fixed list that cannot be used.
 */
export function offerOf(catalogue: ImageCatalogue, settings: OfferSettings, nowMs: number): ImageOffer {
  const { images } = settings;
  const { source } = images;
  const { registry, repository, tags, nodes } = catalogue;
  if (source.type === 'static') return staticOffer(source, nodes);
  const all = knownImages(catalogue, images);
  const prepull = prepullSet(all, images);
  const recommended = prepull.byTag.get(images.recommendedTag) ?? null;
  const isThere = tags.some(({ tag }) => tag === images.recommendedTag);
  const eligible = eligibleNames(nodes);
  return {
    source: { type: source.type, registry, repository },
    all,
    prepull,
    menu: menuOf(prepull, recommended, eligible),
    dropdown: dropdownOf(all, settings.dropdownMenu, eligible, nowMs),
    recommended,
    recommendedProblem: recommended ? null : isThere ? 'other-cycle' : 'unknown-tag',
    latestRelease: latest(prepull, 'Release'),
    latestWeekly: latest(prepull, 'Weekly'),
    latestDaily: latest(prepull, 'Daily'),
    nodes,
    unlisted: catalogue.leftOut && source.type === 'docker' ? unlistedImages(catalogue, images) : undefined,
  };
}

/** The newest of a type; one for a single architecture only if there is no other. */
function latest({ images }: ImageCollection, type: ImageType): KnownImage | null {
  const candidates = images.filter((image) => image.type === type);
  return candidates.find(({ architecture }) => architecture === null) ?? candidates[0] ?? null;
}
