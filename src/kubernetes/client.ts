import type { KubernetesObject } from '@kubernetes/client-node';
import { z } from 'zod';
import { loadCredentials } from './credentials';
import { createHttp, type Http, type HttpOptions } from './http';
import { type Change, type ListThenWatchOptions, listThenWatch } from './list-then-watch';
import {
  type DeleteOptions,
  deleteObject,
  type ListOptions,
  listObjects,
  type ObjectReference,
  readObject,
} from './objects';
import { collectionPath, objectPath } from './paths';
import { type WatchEvent, type WatchOptions, watch } from './watch';

const createdObject = z.object({ uid: z.string(), resourceVersion: z.string() });

/** The metadata that identifies an object: its UID and labels; and whether it is being deleted. */
const identifiedObject = z.object({
  uid: z.string(),
  labels: z.record(z.string(), z.string()).optional(),
  deletionTimestamp: z.coerce.date().optional(),
});

/** The metadata of an object that was just created. */
export type CreatedObject = Readonly<z.infer<typeof createdObject>>;

/** An existing object of which only the metadata was read. */
export interface IdentifiedObject {
  readonly metadata: Readonly<z.infer<typeof identifiedObject>>;
}

const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/**
 * Creates an object of any kind from its manifest. Unlike the generated classes of the client library this
 * neither validates nor converts the response, which halves the CPU time of a create.
 *
 * @throws KubernetesError as every request.
 */
export async function createObject(http: Http, manifest: KubernetesObject): Promise<CreatedObject> {
  const answer = await http.send({
    method: 'POST',
    url: `${http.server}${collectionPath(manifest)}`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: serialize(manifest),
    objectName: manifest.metadata?.name,
  });
  return z.object({ metadata: createdObject }).parse(JSON.parse(await answer.text())).metadata;
}

/**
 * Reads the metadata of the object that has a manifest's kind, namespace and name, without its contents.
 *
 * @throws KubernetesError as every request.
 */
export async function readIdentity(http: Http, manifest: KubernetesObject): Promise<IdentifiedObject> {
  const answer = await http.send({
    method: 'GET',
    url: http.server + objectPath(manifest),
    headers: { accept: METADATA_ONLY },
  });
  return z.object({ metadata: identifiedObject }).parse(JSON.parse(await answer.text()));
}

/** Serialises a manifest; the client's types have `_from` for the field `from` of a network policy. */
function serialize(manifest: KubernetesObject): string {
  const text = JSON.stringify(manifest);
  return manifest.kind === 'NetworkPolicy' ? text.replaceAll('"_from":', '"from":') : text;
}

export interface KubernetesClientOptions extends HttpOptions {
  /** Path of a kubeconfig file; without one the pod's service account is used. */
  readonly kubeconfig?: string;
}

/**
 * A client of one cluster, with shared connections. Every method throws `KubernetesError` or, once the caller's signal
 * is aborted or the client closed, an `AbortError`; requests are not retried except by `listThenWatch`.
 */
export interface KubernetesClient {
  readonly server: string;
  /** Creates an object of any kind. */
  create(manifest: KubernetesObject): Promise<CreatedObject>;
  /** Reads the metadata of an object of any kind, not its contents. */
  identify(manifest: KubernetesObject): Promise<IdentifiedObject>;
  /** Reads an object of any kind, as plain JSON: instants are strings. */
  read<T extends KubernetesObject>(reference: ObjectReference): Promise<T>;
  /** Lists the objects of a reference's kind, and of its namespace if it has one, as plain JSON. */
  list<T extends KubernetesObject>(reference: ObjectReference, options?: ListOptions): Promise<readonly T[]>;
  /** Asks for the deletion of an object of any kind, which may stay for a while. */
  remove(reference: ObjectReference, options: DeleteOptions): Promise<void>;
  /** One watch, until the server ends it. */
  watch<T extends KubernetesObject>(options: WatchOptions): AsyncGenerator<WatchEvent<T>>;
  /** Lists, then follows changes until an error that is not retried. */
  listThenWatch<T extends KubernetesObject>(options: ListThenWatchOptions): AsyncGenerator<Change<T>>;
  /** Ends all connections, also those in use. */
  close(): Promise<void>;
}

/**
 * Creates a client, which connects with the first request.
 *
 * @throws Error when the kubeconfig cannot be used, or there is none and the process runs in no cluster.
 */
export function createKubernetesClient(options: KubernetesClientOptions): KubernetesClient {
  const http = createHttp(loadCredentials(options.kubeconfig), options);
  return {
    server: http.server,
    create: (manifest) => createObject(http, manifest),
    identify: (manifest) => readIdentity(http, manifest),
    read: (reference) => readObject(http, objectPath(reference)),
    list: (reference, options = {}) => listObjects(http, collectionPath(reference), options),
    remove: (reference, options) => deleteObject(http, objectPath(reference), options),
    watch: (options) => watch(http, options),
    listThenWatch: (options) => listThenWatch(http, options),
    close: () => http.close(),
  };
}
