import { DavError } from '../errors';
import type { Exchange } from '../exchange';
import type { ResourcePath } from '../request/url-paths';
import type { FullSpot, Spot } from '../tree/served-tree';

/** What a path means, a link's target at its end. @throws DavError 404 where there is nothing */
export async function findResource({ visit }: Exchange, path: ResourcePath): Promise<FullSpot> {
  return full(await missingAs404(visit.find(path)));
}

/** What has a name, which may be a link itself. @throws DavError 404 where there is nothing */
export async function findEntry({ visit }: Exchange, path: ResourcePath): Promise<FullSpot> {
  return full(await missingAs404(visit.findName(path)));
}

async function missingAs404(found: Promise<Spot>): Promise<Spot> {
  try {
    return await found;
  } catch (error) {
    // Where a folder above is missing there is nothing either; reserved names are no resources.
    if (error instanceof DavError && [403, 409].includes(error.status)) throw missing();
    throw error;
  }
}

function full(spot: Spot): FullSpot {
  if (spot.stats === null) throw missing();
  return { ...spot, stats: spot.stats };
}

function missing(): DavError {
  return new DavError(404, 'there is no such file or folder');
}
