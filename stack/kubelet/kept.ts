import { z } from 'zod';
import type { KubernetesApi } from '../kubernetes-api';
import { follow } from './follow';

const identitySchema = z.object({ metadata: z.object({ uid: z.string() }) });

const uidOf = (object: unknown): string => identitySchema.parse(object).metadata.uid;

/** A collection to keep. */
export interface Kept<T> {
  readonly path: string;
  /** Query that selects some of its objects; empty for all. */
  readonly selector?: string;
  readonly schema: z.ZodType<T>;
  readonly onChange: () => void;
}

/** The objects of a collection, by UID, kept up to date. */
export function keep<T>(
  api: KubernetesApi,
  { path, selector = '', schema, onChange }: Kept<T>,
): Map<string, T> {
  const objects = new Map<string, T>();
  const put = (object: unknown) => objects.set(uidOf(object), schema.parse(object));
  void follow(api, path, selector, {
    listed(items) {
      objects.clear();
      items.forEach(put);
      onChange();
    },
    changed(object) {
      put(object);
      onChange();
    },
    deleted(object) {
      objects.delete(uidOf(object));
      onChange();
    },
  });
  return objects;
}
