import { z } from 'zod';
import type { Http } from './http';
import { readObject } from './objects';

/*
 * Questions to the API server about itself and the account that asks. They change nothing, and every account may ask them.
 */

/** An action on a kind of objects. */
export interface Access {
  readonly verb: string;
  /** Empty for the core group. */
  readonly group: string;
  /** Plural, such as `pods`. */
  readonly resource: string;
  /** Null for all namespaces, and for kinds without. */
  readonly namespace: string | null;
  /** Null for all names. */
  readonly name: string | null;
}

const version = z.object({ major: z.string(), minor: z.string(), gitVersion: z.string() });

/** Version of an API server. */
export interface ServerVersion {
  readonly major: number;
  readonly minor: number;
  /** As it writes it, such as `v1.36.3`. */
  readonly text: string;
}

/** The version of the server. @throws KubernetesError as every request. */
export async function readServerVersion(http: Http): Promise<ServerVersion> {
  const { major, minor, gitVersion } = version.parse(await readObject(http, '/version'));
  // Some clouds write the minor version as `30+`.
  return { major: Number.parseInt(major, 10), minor: Number.parseInt(minor, 10), text: gitVersion };
}

const review = z.object({ status: z.object({ allowed: z.boolean() }) });

/** Whether the asking account has a permission. @throws KubernetesError as every request. */
export async function isAllowed(
  http: Http,
  { verb, group, resource, namespace, name }: Access,
): Promise<boolean> {
  const resourceAttributes = {
    verb,
    group,
    resource,
    ...(namespace === null ? {} : { namespace }),
    ...(name === null ? {} : { name }),
  };
  const answer = await post(http, 'authorization.k8s.io', 'SelfSubjectAccessReview', {
    spec: { resourceAttributes },
  });
  return review.parse(answer).status.allowed;
}

const self = z.object({ status: z.object({ userInfo: z.object({ username: z.string() }) }) });

/** The name of the asking account, such as `system:serviceaccount:nublado:nublado-controller`. @throws KubernetesError */
export async function readOwnName(http: Http): Promise<string> {
  return self.parse(await post(http, 'authentication.k8s.io', 'SelfSubjectReview', {})).status.userInfo
    .username;
}

const resources = z.object({ resources: z.array(z.object({ kind: z.string() })) });

/** The kinds that the server has in a version of a group. @throws KubernetesError, which is not found where it has none. */
export async function readKinds(http: Http, groupVersion: string): Promise<ReadonlySet<string>> {
  const answer = resources.parse(await readObject(http, `/apis/${groupVersion}`));
  return new Set(answer.resources.map(({ kind }) => kind));
}

async function post(http: Http, group: string, kind: string, body: object): Promise<unknown> {
  const answer = await http.send({
    method: 'POST',
    url: `${http.server}/apis/${group}/v1/${kind.toLowerCase()}s`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ apiVersion: `${group}/v1`, kind, ...body }),
  });
  return JSON.parse(await answer.text());
}
