import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { publishedLabs } from './open-labs';

const publishedLab = z.object({ options: z.object({ image: z.string() }) });

/** References of the images of all labs that run or start; those that cannot be told are left out. */
export async function openLabImages(client: Client): Promise<ReadonlySet<string>> {
  const images = new Set<string>();
  for await (const memo of publishedLabs(client)) {
    const lab = publishedLab.safeParse(memo);
    if (lab.success) images.add(lab.data.options.image);
  }
  return images;
}
