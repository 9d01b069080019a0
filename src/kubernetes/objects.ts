import type { KubernetesObject } from '@kubernetes/client-node';
import { z } from 'zod';
import type { Http } from './http';
import { collectionUrl, type Selection } from './watch';

/*
 * Requests about objects of any kind, also of kinds that the client library has no class for. Responses are unchecked
 * JSON: instants are strings, whatever the types of the client library say; `objects/reading` reads them.
 */

const JSON_ACCEPTED = { accept: 'application/json' };

/** An object that is named by the kind, namespace and name of a manifest. */
export type ObjectReference = Pick<KubernetesObject, 'apiVersion' | 'kind' | 'metadata'>;

/** How an object is deleted. */
export interface DeleteOptions {
  /** Nothing is deleted where the object of this name has another UID. */
  readonly uid: string;
  /** `Foreground`: the object stays until everything that it owns is gone. By default that of its kind. */
  readonly propagationPolicy?: 'Background' | 'Foreground';
  /** For pods; by default that of the pod. */
  readonly gracePeriodSeconds?: number;
}

/** Which objects of a collection are listed; all by default. */
export interface ListOptions extends Selection {
  /** At most so many. */
  readonly limit?: number;
}

const listed = z.object({ items: z.array(z.looseObject({})) });

/** Reads an object. @throws KubernetesError as every request. */
export async function readObject<T extends KubernetesObject>(http: Http, path: string): Promise<T> {
  const answer = await http.send({ method: 'GET', url: http.server + path, headers: JSON_ACCEPTED });
  return z.looseObject({}).parse(JSON.parse(await answer.text())) as T;
}

/** Lists a collection with one request. @throws KubernetesError as every request. */
export async function listObjects<T extends KubernetesObject>(
  http: Http,
  path: string,
  options: ListOptions,
): Promise<readonly T[]> {
  const answer = await http.send({
    method: 'GET',
    url: collectionUrl(http, path, options),
    headers: JSON_ACCEPTED,
  });
  return listed.parse(JSON.parse(await answer.text())).items as T[];
}

/** Asks for the deletion of an object, which may stay for a while. @throws KubernetesError as every request. */
export async function deleteObject(
  http: Http,
  path: string,
  { uid, propagationPolicy, gracePeriodSeconds }: DeleteOptions,
): Promise<void> {
  const answer = await http.send({
    method: 'DELETE',
    url: http.server + path,
    headers: { ...JSON_ACCEPTED, 'content-type': 'application/json' },
    body: JSON.stringify({ preconditions: { uid }, propagationPolicy, gracePeriodSeconds }),
  });
  await answer.text();
}
