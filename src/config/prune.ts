import * as z from 'zod';
import { imageFilter } from './dropdown-menu';
import { text } from './scalars';
import { section } from './section';

const kept = (images: string) => imageFilter.prefault({}).describe(`Which ${images} are kept.`);

/** Which images `nublado images prune` keeps; all conditions given must hold, and none keeps everything. */
export const prune = section({
  release: kept('releases'),
  weekly: kept('weeklies'),
  daily: kept('dailies'),
  releaseCandidate: kept('release candidates'),
  experimental: kept('experimental images'),
  keep: z.array(text()).prefault([]).describe('Tags that are kept whatever else is said.'),
});
