import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Client } from '@temporalio/client';
import { z } from 'zod';
import type { CatalogueFreshness, ImageCatalogue } from '../domain/images/catalogue';
import { describeLatestRun, ensureOpen, isOpen } from '../temporal/calls';
import {
  type CatalogueRefresh,
  catalogueRefreshed,
  type PublishedCatalogue,
} from '../workflows/image-catalogue/messages';
import { CATALOGUE_WORKFLOW_ID, TASK_QUEUES } from './names';

const catalogueSchema = z.object({
  version: z.literal(1),
  registry: z.string(),
  repository: z.string(),
  tags: z.array(z.object({ tag: z.string(), digest: z.string().nullable(), size: z.number().nullable() })),
  nodes: z.array(
    z.object({
      name: z.string(),
      isEligible: z.boolean(),
      comment: z.string().nullable(),
      digests: z.array(z.string()),
    }),
  ),
  leftOut: z.number().optional(),
}) satisfies z.ZodType<ImageCatalogue>;

const memoSchema = z.object({
  catalogue: z.object({ id: z.string(), data: z.string() }).optional(),
  freshness: z.object({ refreshedAt: z.string().nullable(), failure: z.string().nullable() }),
});

/** The published catalogue, if there is one yet, and its freshness. */
export interface CatalogueState extends CatalogueFreshness {
  /** Null until the first refresh has succeeded. */
  readonly published: PublishedCatalogue | null;
}

/** Encodes a catalogue for the memo. */
export function encodeCatalogue(catalogue: ImageCatalogue): PublishedCatalogue {
  const text = JSON.stringify(catalogue);
  const id = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return { id, data: gzipSync(text).toString('base64') };
}

/** The reverse of `encodeCatalogue`. @throws Error for data of another format. */
export function decodeCatalogue({ data }: PublishedCatalogue): ImageCatalogue {
  return catalogueSchema.parse(JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString('utf8')));
}

const CATALOGUE_SUMMARY = 'What is known of images';

const NOTHING: CatalogueState = { published: null, refreshedAt: null, failure: null };

/**
 * Reads the published catalogue from the memo, without a worker. A memo of another format counts as none.
 */
export async function readCatalogue(client: Client): Promise<CatalogueState> {
  const { data } = memoSchema.safeParse((await describeLatestRun(client, CATALOGUE_WORKFLOW_ID))?.memo);
  if (!data) return NOTHING;
  const { catalogue = null, freshness } = data;
  return { published: catalogue, ...freshness };
}

/**
 * Publishes the result of a refresh, and starts the workflow that holds it where there is none. The successor of a
 * terminated one starts with the state that was read `before`.
 */
export async function publishCatalogue(
  client: Client,
  refresh: CatalogueRefresh,
  before: CatalogueState,
): Promise<void> {
  const { published, ...freshness } = before;
  await client.workflow.signalWithStart<() => Promise<void>, [CatalogueRefresh]>('imageCatalogue', {
    workflowId: CATALOGUE_WORKFLOW_ID,
    taskQueue: TASK_QUEUES.controller,
    signal: catalogueRefreshed,
    signalArgs: [refresh],
    memo: { freshness, ...(published ? { catalogue: published } : {}) },
    staticSummary: CATALOGUE_SUMMARY,
  });
}

/**
 * Starts the workflow again where it is closed, with the memo of its last run, while Temporal retains that. Where
 * Temporal has no run of it, the next refresh starts it.
 */
export async function restoreCatalogue(client: Client): Promise<'open' | 'restored' | 'unknown'> {
  const description = await describeLatestRun(client, CATALOGUE_WORKFLOW_ID);
  if (description === null) return 'unknown';
  if (isOpen(description)) return 'open';
  await ensureOpen<() => Promise<void>>(client, 'imageCatalogue', {
    workflowId: CATALOGUE_WORKFLOW_ID,
    taskQueue: TASK_QUEUES.controller,
    memo: description.memo,
    staticSummary: CATALOGUE_SUMMARY,
  });
  return 'restored';
}
