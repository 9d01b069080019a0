import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesObject, V1ConfigMap } from '@kubernetes/client-node';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { KubernetesClient } from '../../src/kubernetes/client';
import { classify } from '../../src/kubernetes/verdict';

const kubeconfigSchema = z.looseObject({
  clusters: z.array(z.looseObject({ cluster: z.looseObject({ server: z.string() }) })),
  users: z.array(z.looseObject({ user: z.looseObject({}) })),
});

/** Creates a namespace of its own for a test file and returns its name. */
export async function createNamespace(client: KubernetesClient): Promise<string> {
  const name = `test-${randomUUID()}`;
  await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return name;
}

/** A ConfigMap without content. */
export function aConfigMap(namespace: string, name: string): V1ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name } };
}

/** Runs `use` with a copy of a kubeconfig file in which cluster and user are changed. */
export async function withKubeconfig<T>(
  path: string,
  changes: { readonly cluster?: object; readonly user?: object },
  use: (path: string) => Promise<T>,
): Promise<T> {
  const config = kubeconfigSchema.parse(parse(await readFile(path, 'utf8')));
  for (const { cluster } of config.clusters) Object.assign(cluster, changes.cluster);
  for (const { user } of config.users) Object.assign(user, changes.user);
  const directory = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  const copy = join(directory, 'kubeconfig');
  await writeFile(copy, stringify(config));
  try {
    return await use(copy);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Creates an object, again and again while the server says that it will soon be possible. */
export async function createSoon(client: KubernetesClient, manifest: KubernetesObject): Promise<void> {
  for (;;) {
    try {
      await client.create(manifest);
      return;
    } catch (error) {
      const verdict = classify(error);
      if (verdict.kind !== 'retry' || verdict.afterMs === null) throw error;
      await delay(verdict.afterMs);
    }
  }
}
