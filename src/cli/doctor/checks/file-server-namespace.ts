import { toKubernetesError } from '../../../kubernetes/errors';
import { readObject } from '../../../kubernetes/objects';
import { objectPath } from '../../../kubernetes/paths';
import { namespaceReference } from '../../../kubernetes/references';
import { type Check, failed, ok, skipped } from '../check';

/** The namespace of users' file servers exists; the controller makes none. */
export const fileServerNamespace: Check = {
  name: 'file-server-namespace',
  parts: ['worker', 'all'],
  needs: 'kubernetes',
  remedy: 'Grant the account `get` on namespaces, as the roles of the chart do.',
  async ask({ config, kubernetes }) {
    const { fileserver } = config;
    if (!fileserver.enabled) return skipped('fileserver.enabled is false');
    const { namespace } = fileserver;
    try {
      await readObject(kubernetes(), objectPath(namespaceReference(namespace)));
      return ok(namespace);
    } catch (error) {
      if (toKubernetesError(error)?.code !== 404) throw error;
      return failed(
        `there is no namespace ${namespace}`,
        `Create it: \`kubectl create namespace ${namespace}\`; or have the chart do so by \`fileServerNamespace.create\`.`,
      );
    }
  },
};
