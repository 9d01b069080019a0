import type { Client } from '@temporalio/client';
import { decodeLabImage } from './lab-memo';
import { openLabs } from './open-labs';

/** References of the images of all labs that run or start; those that cannot be read are left out. */
export async function openLabImages(client: Client): Promise<ReadonlySet<string>> {
  const images = new Set<string>();
  for await (const { memo } of openLabs(client)) {
    const lab = decodeLabImage(memo);
    if (lab) images.add(lab.image);
  }
  return images;
}
