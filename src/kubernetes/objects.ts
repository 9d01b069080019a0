import type { KubernetesObject } from '@kubernetes/client-node';
import { z } from 'zod';
import type { Http } from './http';

/*
 * Requests about objects of any kind, also of kinds that the client library has no class for. Responses are unchecked
 * JSON, as those of its classes are; `objects/reading` reads them.
 */

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

const listed = z.object({ items: z.array(z.looseObject({})) });

/** Reads an object. @throws KubernetesError as every request. */
export async function readObject(http: Http, path: string): Promise<KubernetesObject> {
  const answer = await http.send({
    method: 'GET',
    url: http.server + path,
    headers: { accept: 'application/json' },
  });
  return z.looseObject({}).parse(JSON.parse(await answer.text()));
}

/** Lists a collection as a whole, with only the objects of a label selector. @throws KubernetesError as every request. */
export async function listObjects(
  http: Http,
  path: string,
  labelSelector: string,
): Promise<readonly KubernetesObject[]> {
  const answer = await http.send({
    method: 'GET',
    url: `${http.server}${path}?labelSelector=${encodeURIComponent(labelSelector)}`,
    headers: { accept: 'application/json' },
  });
  return listed.parse(JSON.parse(await answer.text())).items;
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
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ preconditions: { uid }, propagationPolicy, gracePeriodSeconds }),
  });
  await answer.text();
}
