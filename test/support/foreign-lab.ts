import { aReferenceLab } from '../objects/reference-lab';
import { eventually } from './eventually';
import type { World } from './world';

type ReferenceLab = ReturnType<typeof aReferenceLab>;

/** Creates an object through the API server, where it is refused until its namespace is complete. */
export async function createObject({ cluster }: World, path: string, object: object): Promise<void> {
  // A pod is refused until its namespace has the default service account.
  await eventually(
    () => cluster.send('POST', path, object),
    ({ status }) => status === 201,
  );
}

/**
 * Makes a lab as the reference controller does, with its Service, and waits until it runs; `change` modifies its
 * objects.
 */
export async function aForeignLab(
  world: World,
  username: string,
  change: (lab: ReferenceLab) => void = () => {},
): Promise<void> {
  const lab = aReferenceLab(username);
  change(lab);
  const { name } = lab.namespace.metadata;
  const within = (kind: string) => `/api/v1/namespaces/${name}/${kind}`;
  await createObject(world, '/api/v1/namespaces', lab.namespace);
  await createObject(world, within('configmaps'), lab.environment);
  await createObject(world, within('resourcequotas'), lab.quota);
  await createObject(world, within('services'), {
    metadata: { name: 'lab' },
    spec: { ports: [{ port: 8888 }] },
  });
  await createObject(world, within('pods'), lab.pod);
  await eventually(
    () => world.cluster.send('GET', within(`pods/${username}-nb`)),
    ({ body }) => (body as { status: { phase: string } }).status.phase === 'Running',
  );
}
