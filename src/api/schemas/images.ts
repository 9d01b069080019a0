import { z } from 'zod';
import type { ImageList, ListedImage, PrepullImage, PrepullStatus } from '../../domain/images/reports';

const listedImage = z
  .object({
    reference: z.string().describe('`registry/repository:tag`.'),
    tag: z.string(),
    name: z.string().describe('Name for people.'),
    digest: z.string().optional().describe('Left out when not known.'),
    aliases: z.array(z.string()).describe('Other tags known to be the same image.'),
    prepulled: z.boolean().describe('Whether every eligible node has it.'),
  })
  .meta({ id: 'ListedImage' });

/** The response of `GET …/images`; missing values are left out. */
export const imagesAnswer = z
  .object({
    recommended: listedImage.optional(),
    latest_weekly: listedImage.optional(),
    latest_daily: listedImage.optional(),
    latest_release: listedImage.optional(),
    all: z.array(listedImage).describe('In the order of menus, without those for one architecture.'),
  })
  .meta({ id: 'SpawnerImages' });

const written = ({ isPrepulled, digest, aliases, ...image }: ListedImage) => ({
  ...image,
  ...(digest === null ? {} : { digest }),
  aliases: [...aliases],
  prepulled: isPrepulled,
});

/** Converts a list of images to its wire form. */
export function imagesOf(list: ImageList): z.input<typeof imagesAnswer> {
  const given = (name: string, image: ListedImage | null) => (image ? { [name]: written(image) } : {});
  return {
    ...given('recommended', list.recommended),
    ...given('latest_weekly', list.latestWeekly),
    ...given('latest_daily', list.latestDaily),
    ...given('latest_release', list.latestRelease),
    all: list.all.map(written),
  };
}

const prepullImage = z
  .object({
    reference: z.string(),
    tag: z.string(),
    name: z.string(),
    digest: z.string().nullable(),
    size: z.number().nullable().describe('Bytes.'),
    nodes: z.array(z.string()).describe('Nodes that have it.'),
    missing: z.array(z.string()).describe('Eligible nodes that lack it.'),
  })
  .meta({ id: 'PrepulledImage' });

const dockerSource = z.object({ type: z.literal('docker'), registry: z.string(), repository: z.string() });

const googleSource = z.object({
  type: z.literal('google'),
  location: z.string(),
  project_id: z.string(),
  repository: z.string(),
  image: z.string(),
});

const staticSource = z.object({ type: z.literal('static') });

const prepullConfig = z.object({
  source: z.discriminatedUnion('type', [dockerSource, googleSource, staticSource]),
  refresh_interval: z.number().describe('Seconds.'),
  prepull_timeout: z.number().describe('Seconds.'),
  recommended_tag: z.string(),
  num_releases: z.int(),
  num_weeklies: z.int(),
  num_dailies: z.int(),
  cycle: z.int().nullable(),
  pin: z.array(z.string()),
  alias_tags: z.array(z.string()),
});

/** The response of `GET …/prepulls`. */
export const prepullsAnswer = z
  .object({
    config: prepullConfig,
    images: z.object({
      prepulled: z.array(prepullImage).describe('On every eligible node.'),
      pending: z.array(prepullImage),
    }),
    nodes: z.array(
      z.object({
        name: z.string(),
        eligible: z.boolean(),
        comment: z.string().nullable().describe('Why labs cannot run there.'),
        cached: z.array(z.string()).describe('References of prepulled images that it has.'),
      }),
    ),
  })
  .meta({ id: 'PrepullerStatus' });

/** The settings of images that administrators see. */
export interface ShownImageSettings {
  readonly source:
    | { readonly type: 'docker'; readonly registry: string; readonly repository: string }
    | {
        readonly type: 'google';
        readonly location: string;
        readonly projectId: string;
        readonly repository: string;
        readonly image: string;
      }
    | { readonly type: 'static' };
  readonly refreshIntervalMs: number;
  readonly prepullTimeoutMs: number;
  readonly recommendedTag: string;
  readonly numReleases: number;
  readonly numWeeklies: number;
  readonly numDailies: number;
  readonly cycle: number | null;
  readonly pin: readonly string[];
  readonly aliasTags: readonly string[];
}

function sourceOf({ source }: ShownImageSettings): z.input<typeof prepullConfig>['source'] {
  switch (source.type) {
    case 'docker':
      return { type: 'docker', registry: source.registry, repository: source.repository };
    case 'google': {
      const { location, projectId, repository, image } = source;
      return { type: 'google', location, project_id: projectId, repository, image };
    }
    case 'static':
      return { type: 'static' };
  }
}

const imageOf = ({ nodes, missing, ...image }: PrepullImage) => ({
  ...image,
  nodes: [...nodes],
  missing: [...missing],
});

/** Converts the state of prepulling to its wire form. */
export function prepullsOf(
  settings: ShownImageSettings,
  { prepulled, pending, nodes }: PrepullStatus,
): z.input<typeof prepullsAnswer> {
  return {
    config: {
      source: sourceOf(settings),
      refresh_interval: settings.refreshIntervalMs / 1000,
      prepull_timeout: settings.prepullTimeoutMs / 1000,
      recommended_tag: settings.recommendedTag,
      num_releases: settings.numReleases,
      num_weeklies: settings.numWeeklies,
      num_dailies: settings.numDailies,
      cycle: settings.cycle,
      pin: [...settings.pin],
      alias_tags: [...settings.aliasTags],
    },
    images: { prepulled: prepulled.map(imageOf), pending: pending.map(imageOf) },
    nodes: nodes.map(({ name, isEligible, comment, cached }) => ({
      name,
      eligible: isEligible,
      comment,
      cached: [...cached],
    })),
  };
}
