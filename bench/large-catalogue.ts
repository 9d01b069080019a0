import type { ImageCatalogue } from '../src/domain/images/catalogue';

const TAGS = 2_000;
const NODES = 50;
const FIRST_DAY_MS = Date.UTC(2022, 0, 1);
const DAY_MS = 86_400_000;

/** The tags of a day in a repository: mostly dailies, the rest in the proportions of a real one. */
function tagOf(index: number): string {
  const day = new Date(FIRST_DAY_MS + index * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '_');
  const year = 2022 + Math.floor(index / 520);
  switch (index % 10) {
    case 0:
      return `w_${year}_${(Math.floor(index / 10) % 52) + 1}_c0050.${String(index).padStart(4, '0')}_rsp${index % 40}`;
    case 1:
      return `r${20 + (index % 9)}_${index % 7}_${index}`;
    case 2:
      return `r${20 + (index % 9)}_0_${index}_rc${(index % 3) + 1}`;
    case 3:
      return `exp_w_${year}_${(index % 52) + 1}_someone-${index}`;
    case 4:
      return `d_${day}_rsp${index % 40}-${index % 20 === 4 ? 'amd64' : 'arm64'}`;
    case 5:
      return `odd_${index}`;
    default:
      return `d_${day}`;
  }
}

/** A repository of 2,000 tags, three quarters with digests, and nodes that have some of the images. */
export function largeCatalogue(): ImageCatalogue {
  const tags = Array.from({ length: TAGS }, (_, index) => ({
    tag: index === 0 ? 'recommended' : tagOf(index),
    digest: index % 4 === 3 ? null : `sha256:${String(index % 900).padStart(64, '0')}`,
    size: null,
  }));
  const digests = tags.flatMap(({ digest }, index) => (digest !== null && index % 50 < 2 ? [digest] : []));
  const nodes = Array.from({ length: NODES }, (_, index) => ({
    name: `node-${index}`,
    isEligible: index % 10 > 0,
    comment: null,
    digests,
  }));
  return { version: 1, registry: 'registry.example', repository: 'lab/sketchbook', tags, nodes };
}
