import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { KubernetesApi } from '../kubernetes-api';

const RETRY_MS = 500;

const listSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  items: z.array(z.unknown()),
});

const eventSchema = z.object({ type: z.string(), object: z.unknown() });

/** Receives the content of a collection. */
export interface Follower {
  /** All objects, at the start and after changes may have been missed. */
  listed(objects: readonly unknown[]): void;
  changed(object: unknown): void;
  deleted(object: unknown): void;
}

async function followOnce(api: KubernetesApi, path: string, selector: string, follower: Follower) {
  const { body } = await api.send('GET', `${path}?${selector}`);
  const { metadata, items } = listSchema.parse(body);
  follower.listed(items);
  const query = `${selector}&watch=true&resourceVersion=${metadata.resourceVersion}`;
  for await (const event of api.watch(`${path}?${query}`)) {
    const { type, object } = eventSchema.parse(event);
    if (type === 'ERROR') return;
    if (type === 'DELETED') follower.deleted(object);
    else follower.changed(object);
  }
}

/** Follows a collection without end: lists, then watches, and lists again when the watch ends or fails. */
export async function follow(
  api: KubernetesApi,
  path: string,
  selector: string,
  follower: Follower,
): Promise<never> {
  for (;;) {
    await followOnce(api, path, selector, follower).catch((error: unknown) => console.error(error));
    await delay(RETRY_MS);
  }
}
