import { collectionOf, type ImageCollection } from './collection';
import type { ImageTag, ImageType } from './image-tag';
import { sortTags } from './image-tag';
import { readTags, type TagSettings } from './known-images';

/** Which images are kept on all nodes, as the configuration says. */
export interface PrepullSettings {
  readonly recommendedTag: string;
  readonly numReleases: number;
  readonly numWeeklies: number;
  readonly numDailies: number;
  readonly pin: readonly string[];
}

/** The newest of each kind, the recommended and the pinned; `tags` and result in the order of menus. */
export function selectPrepulled<T extends ImageTag>(tags: readonly T[], settings: PrepullSettings): T[] {
  const newest = (type: ImageType, count: number) =>
    tags.filter((tag) => tag.type === type && tag.architecture === null).slice(0, count);
  const wanted = new Set([
    settings.recommendedTag,
    ...settings.pin,
    ...newest('Release', settings.numReleases).map(({ tag }) => tag),
    ...newest('Weekly', settings.numWeeklies).map(({ tag }) => tag),
    ...newest('Daily', settings.numDailies).map(({ tag }) => tag),
  ]);
  return tags.filter(({ tag }) => wanted.has(tag));
}

/** The images to prepull, as a collection of their own. */
export function prepullSet({ images }: ImageCollection, settings: PrepullSettings): ImageCollection {
  return collectionOf(selectPrepulled(images, settings));
}

/** The tags to prepull, for a source that has yet to be asked for their digests. */
export function tagsToPrepull(tags: readonly string[], settings: PrepullSettings & TagSettings): string[] {
  return selectPrepulled(sortTags(readTags(tags, settings)), settings).map(({ tag }) => tag);
}
