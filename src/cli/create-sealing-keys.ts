import { readEnvironment } from '../config/process-environment';
import { createKubernetesClient, type KubernetesClient } from '../kubernetes/client';
import { classify } from '../kubernetes/verdict';
import { generateSealingKey } from '../sealing/keys';

const REQUEST_TIMEOUT_MS = 10_000;

/** Where the sealing keys are, as an object of Kubernetes. */
export interface SecretName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * Creates a Secret with one new sealing key, whose ID is the day. A Secret that exists is left as it is, and not read:
 * the request is a create, so that no other process can come in between.
 *
 * @returns whether the Secret was created.
 * @throws KubernetesError when it was neither created nor there.
 */
export async function createMissingKeys(
  kubernetes: Pick<KubernetesClient, 'create'>,
  { namespace, name }: SecretName,
  now: Date,
): Promise<boolean> {
  const id = now.toISOString().slice(0, 'yyyy-mm-dd'.length);
  try {
    await kubernetes.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name },
      type: 'Opaque',
      stringData: { [id]: generateSealingKey() },
    } as Parameters<KubernetesClient['create']>[0]);
    return true;
  } catch (error) {
    if (classify(error).kind === 'alreadyExists') return false;
    throw error;
  }
}

/** Creates the Secret with sealing keys unless there is one, and prints what was done. */
export async function createSealingKeys(
  name: string,
  { namespace }: { readonly namespace: string },
): Promise<void> {
  const kubernetes = createKubernetesClient({
    kubeconfig: readEnvironment().KUBECONFIG || undefined,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  try {
    const isNew = await createMissingKeys(kubernetes, { namespace, name }, new Date());
    console.log(
      `Secret ${namespace}/${name} ${isNew ? 'created with one key' : 'exists and is left as it is'}`,
    );
  } finally {
    await kubernetes.close();
  }
}
