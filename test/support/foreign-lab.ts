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

/** Makes a lab as the reference controller does; `change` modifies its objects. */
export async function createForeignLab(
  world: World,
  username: string,
  change: (lab: ReferenceLab) => void = () => {},
): Promise<void> {
  const lab = aReferenceLab(username);
  change(lab);
  const { name } = lab.namespace.metadata;
  const within = (kind: string, group = '/api/v1') => `${group}/namespaces/${name}/${kind}`;
  await createObject(world, '/api/v1/namespaces', lab.namespace);
  await createObject(world, within('configmaps'), lab.environment);
  await createObject(world, within('configmaps'), lab.nss);
  await createObject(world, within('secrets'), lab.secret);
  await createObject(world, within('resourcequotas'), lab.quota);
  await createObject(world, within('networkpolicies', '/apis/networking.k8s.io/v1'), lab.networkPolicy);
  await createObject(world, within('services'), lab.service);
  await createObject(world, within('pods'), lab.pod);
}

/** The same, and waits until it runs. */
export async function aForeignLab(
  world: World,
  username: string,
  change: (lab: ReferenceLab) => void = () => {},
): Promise<void> {
  await createForeignLab(world, username, change);
  await eventually(
    () => world.cluster.send('GET', `/api/v1/namespaces/lab-${username}/pods/${username}-nb`),
    ({ body }) => (body as { status: { phase: string } }).status.phase === 'Running',
  );
}
