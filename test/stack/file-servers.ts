import type { V1Pod } from '@kubernetes/client-node';
import { z } from 'zod';
import type { FileServerObservation } from '../../src/domain/file-server';
import { fileServerName } from '../../src/domain/file-server-key';
import { collectionPath, objectPath } from '../../src/kubernetes/paths';
import type { FileServerInput } from '../../src/objects/file-server/input';
import { fileServerObjects } from '../../src/objects/file-server/objects';
import { observeFileServer } from '../../src/objects/reading/file-server';
import type { Answer, KubernetesApi } from '../../stack/kubernetes-api';
import { fileServerInput, fileServerManifests } from '../objects/file-server-cases';
import { theStack } from '../support/stack';

const { kubernetes } = theStack();

/** How a file server differs from its case. */
interface Changes {
  readonly username?: string;
  /** Annotations of job and pod, by which a test chooses the behaviour of the pod. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Annotations of what makes the file server reachable. */
  readonly ingress?: Readonly<Record<string, string>>;
}

/** The input of a case, in the namespace of its kind of ingress. */
export function inputHere(
  name: string,
  { username, annotations = {}, ingress = {} }: Changes = {},
): FileServerInput {
  const { config, user, ...rest } = fileServerInput(name);
  const { fileserver } = config;
  const routing = { ...fileserver.ingress, annotations: { ...fileserver.ingress.annotations, ...ingress } };
  const here = {
    ...fileserver,
    namespace: kubernetes.fileServerNamespaces[routing.type],
    extraAnnotations: { ...fileserver.extraAnnotations, ...annotations },
    ingress: routing,
  };
  return {
    ...rest,
    config: { ...config, fileserver: here },
    user: { ...user, username: username ?? user.username },
  };
}

/** The body of an answer. @throws Error for a status that is no success. */
export async function succeed(answer: Promise<Answer>): Promise<unknown> {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body;
}

/** A file server whose objects the controller has created. */
export interface Created {
  readonly objects: ReturnType<typeof fileServerObjects>;
  readonly observe: () => Promise<FileServerObservation>;
  /** The Ingress, also one that Gafaelfawr has made, or the HTTPRoute. */
  readonly ingressPath: string;
  readonly podsPath: string;
  /** Deletes everything, as the controller does. */
  readonly remove: () => Promise<void>;
}

/** The items of a list. */
export const listSchema = z.object({ items: z.array(z.unknown()) });

/** Creates a file server's objects with the controller's rights. */
export async function created(controller: KubernetesApi, input: FileServerInput): Promise<Created> {
  const objects = fileServerObjects(input);
  const { namespace, ingress } = input.config.fileserver;
  const name = fileServerName(input.user.username);
  for (const manifest of fileServerManifests(input)) {
    await succeed(controller.send('POST', collectionPath(manifest), manifest));
  }
  const kind =
    ingress.type === 'httpRoute' ? objects.ingress : { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' };
  const ingressPath = objectPath({ ...kind, metadata: { name, namespace } });
  const podsPath = `/api/v1/namespaces/${namespace}/pods?labelSelector=job-name%3D${name}`;
  const read = async (path: string): Promise<object | null> => {
    const { status, body } = await controller.send('GET', path);
    if (status !== 200 && status !== 404) throw new Error(`${path}: ${status}`);
    return status === 200 ? Object(body) : null;
  };
  return {
    objects,
    ingressPath,
    podsPath,
    observe: async () =>
      observeFileServer({
        job: await read(objectPath(objects.job)),
        pods: listSchema.parse(await read(podsPath)).items as V1Pod[],
        ingress: await read(ingressPath),
      }),
    remove: async () => {
      for (const manifest of [objects.ingress, objects.service, objects.job, ...objects.claims]) {
        const { status } = await controller.send('DELETE', objectPath(manifest), {
          propagationPolicy: 'Foreground',
        });
        expect([200, 202, 404]).toContain(status);
      }
    },
  };
}
