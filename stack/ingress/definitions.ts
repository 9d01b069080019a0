import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Binaries } from '../build';
import { type Child, waitFor } from '../child';
import { GATEWAY_API } from '../components';
import type { KubernetesApi } from '../kubernetes-api';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** A definition of a kind; of its versions only the one that is stored is served. */
const definitionSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    group: z.string(),
    names: z.looseObject({ plural: z.string() }),
    versions: z.array(z.looseObject({ name: z.string(), storage: z.boolean() })),
  }),
});

/** Installs the kinds GafaelfawrIngress, GafaelfawrServiceToken and HTTPRoute, and waits until the API server serves them. */
export async function installDefinitions(
  api: KubernetesApi,
  binaries: Binaries,
  serving: readonly Child[],
): Promise<void> {
  const httpRoutes = GATEWAY_API.binaries.map((file) => binaries[file.split('/').at(-1) ?? ''] ?? '');
  const ours = ['gafaelfawr-ingress.yaml', 'gafaelfawr-service-token.yaml'].map((name) =>
    join(__dirname, name),
  );
  await Promise.all([...ours, ...httpRoutes].map((file) => install(api, file, serving)));
}

async function install(api: KubernetesApi, file: string, serving: readonly Child[]): Promise<void> {
  const { metadata, spec, ...rest } = definitionSchema.parse(parse(readFileSync(file, 'utf8')));
  const { group, names } = spec;
  const versions = spec.versions.filter(({ storage }) => storage);
  await api.apply(`${DEFINITIONS}/${metadata.name}`, {
    ...rest,
    metadata: { ...metadata },
    spec: { ...spec, versions },
  });
  for (const { name } of versions) {
    await waitFor(`the kind ${metadata.name}`, serving, async () => {
      return (await api.send('GET', `/apis/${group}/${name}/${names.plural}?limit=1`)).status === 200;
    });
  }
}
