import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { KubernetesApi } from '../../stack/kubernetes-api';
import { pushImages } from '../../stack/registry/push';
import type { RunningStack } from '../../stack/start';
import { SECRETS } from './site-secrets';
import { openTlsRegistry, type TlsRegistry } from './tls-registry';

/** A site on a stack that any controller can be started for. */
export interface Site {
  readonly directory: string;
  readonly configFile: string;
  /** The registry's, which controllers have to trust. */
  readonly certificateFile: string;
  /** The tag of an image that nodes have. */
  readonly imageTag: string;
  close(): Promise<void>;
}

const SITE_FILE = join(__dirname, 'site.yaml');

/** Tags of the repository, by the content of their image. */
const TAGS: Readonly<Record<string, readonly string[]>> = {
  'week 43': ['w_2077_43', 'recommended', 'latest_weekly'],
  'week 42': ['w_2077_42'],
  'a day of week 43': ['d_2077_10_23', 'latest_daily'],
};

const IMAGE_TAG = 'w_2077_43';

/** Of every image, in bytes. */
const IMAGE_SIZE = 4_000_000_000;

const siteSchema = z.looseObject({
  images: z.looseObject({ source: z.looseObject({ registry: z.string(), repository: z.string() }) }),
});

/**
 * Prepares a stack that has registries: the configuration of `site.yaml`, the Secrets that it names, images, and nodes
 * that have pulled these, so that nothing else is done during a measurement.
 */
export async function prepareSite(stack: RunningStack, cluster: KubernetesApi): Promise<Site> {
  const { registry } = stack;
  if (!registry) throw new Error('the stack has no registry');
  const directory = join(stack.directory, 'versus');
  const tlsRegistry = await openTlsRegistry(registry.openHost, directory);
  try {
    const site = siteSchema.parse(parse(readFileSync(SITE_FILE, 'utf8')));
    const { repository } = site.images.source;
    const images = Object.entries(TAGS).flatMap(([content, tags]) => tags.map((tag) => ({ tag, content })));
    const digests = await pushImages(registry.openHost, repository, images);
    await reportPulled(cluster, stack.kubernetes.nodes, `${tlsRegistry.host}/${repository}`, digests);
    await createSecrets(cluster, stack.kubernetes.controllerNamespace);
    const configFile = writeConfiguration(site, stack, directory, tlsRegistry);
    const { certificateFile } = tlsRegistry;
    return { directory, configFile, certificateFile, imageTag: IMAGE_TAG, close: () => tlsRegistry.close() };
  } catch (error) {
    await tlsRegistry.close();
    throw error;
  }
}

/** Adds the images to the status of every node, as its kubelet does with those that it has. */
async function reportPulled(
  cluster: KubernetesApi,
  nodes: readonly string[],
  repository: string,
  digests: ReadonlyMap<string, string>,
): Promise<void> {
  const images = Object.values(TAGS).map((tags) => ({
    names: [
      `${repository}@${digests.get(tags[0] ?? '') ?? ''}`,
      ...tags.map((tag) => `${repository}:${tag}`),
    ],
    sizeBytes: IMAGE_SIZE,
  }));
  for (const node of nodes) {
    const path = `/api/v1/nodes/${node}/status`;
    const { status } = await cluster.send(
      'PATCH',
      path,
      { status: { images } },
      'application/merge-patch+json',
    );
    if (status !== 200) throw new Error(`${status} for the images of ${node}`);
  }
}

/** Creates the Secrets that the configuration names. */
async function createSecrets(cluster: KubernetesApi, namespace: string): Promise<void> {
  for (const [name, { type, data }] of Object.entries(SECRETS)) {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type, data };
    await cluster.apply(`/api/v1/namespaces/${namespace}/secrets/${name}`, secret);
  }
}

function writeConfiguration(
  site: z.infer<typeof siteSchema>,
  stack: RunningStack,
  directory: string,
  tlsRegistry: TlsRegistry,
): string {
  const file = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  // What the downward API gives a controller that runs in a pod.
  const metadataPath = join(directory, 'podinfo');
  mkdirSync(metadataPath, { recursive: true });
  file('podinfo/name', 'controller');
  file('podinfo/namespace', stack.kubernetes.controllerNamespace);
  file('podinfo/uid', '00000000-0000-4000-8000-000000000000');
  const images = {
    ...site.images,
    source: { ...site.images.source, registry: tlsRegistry.host },
    dockerCredentialsPath: file('docker.json', '{"auths": {}}'),
  };
  return file('config.yaml', stringify({ ...site, metadataPath, images }));
}
