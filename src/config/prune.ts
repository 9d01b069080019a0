import * as z from 'zod';
import { imageFilters } from './dropdown-menu';
import { text } from './scalars';
import { section } from './section';

/** Which images `nublado images prune` keeps; all conditions given must hold, and none keeps everything. */
export const prune = section({
  ...imageFilters('kept'),
  keep: z.array(text()).prefault([]).describe('Tags that are kept whatever else is said.'),
});
