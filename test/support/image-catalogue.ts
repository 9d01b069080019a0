import type { CatalogueNode, ImageCatalogue } from '../../src/domain/images/catalogue';
import type { ImageFilter, ImageFilters } from '../../src/domain/images/dropdown-filter';
import { offerOf } from '../../src/domain/images/offer';

/** A node that labs may use, with images of these digests. */
export function aNode(name: string, digests: readonly string[] = []): CatalogueNode {
  return { name, isEligible: true, comment: null, digests };
}

/** A node that labs may not use. */
export function aTaintedNode(name: string, digests: readonly string[] = []): CatalogueNode {
  return { name, isEligible: false, comment: 'Node is tainted (NoSchedule, gpu)', digests };
}

/** A catalogue of these tags, in this order; null for an unknown digest. */
export function aCatalogue(
  digests: Readonly<Record<string, string | null>>,
  nodes: readonly CatalogueNode[] = [],
): ImageCatalogue {
  return {
    version: 1,
    registry: 'reg.example',
    repository: 'lab/sketch',
    tags: Object.entries(digests).map(([tag, digest]) => ({
      tag,
      digest,
      size: digest === null ? null : 10,
    })),
    nodes,
  };
}

/** Default configuration of images. */
export const imageDefaults = {
  recommendedTag: 'recommended',
  aliasTags: [],
  cycle: null,
  numReleases: 1,
  numWeeklies: 2,
  numDailies: 3,
  pin: [],
} as const;

export const noFilter: ImageFilter = {
  number: null,
  ageMs: null,
  cutoffDate: null,
  cutoffBuild: null,
  cutoffVersion: null,
};

export const noFilters: ImageFilters = {
  release: noFilter,
  weekly: noFilter,
  daily: noFilter,
  releaseCandidate: noFilter,
  experimental: noFilter,
};

/** The offer of a catalogue by a source of this type, with these changes of the default settings. */
export function anOffer(
  catalogue: ImageCatalogue,
  {
    type = 'docker',
    ...settings
  }: Partial<Omit<Parameters<typeof offerOf>[1]['images'], 'source'>> & { type?: 'docker' | 'google' } = {},
) {
  const images = { ...imageDefaults, ...settings, source: { type } };
  return offerOf(catalogue, { images, dropdownMenu: noFilters }, Date.parse('2077-10-24T00:00:00Z'));
}
