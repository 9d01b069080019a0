import { toKubernetesError } from '../../../kubernetes/errors';
import { readServerVersion, type ServerVersion } from '../../../kubernetes/questions';
import { type Check, type Finding, failed, ok } from '../check';

/** The oldest minor version of Kubernetes 1 that the Helm chart installs on. */
export const OLDEST_MINOR = 30;

/** Judges the version of a cluster. */
export function judgeVersion({ major, minor, text }: ServerVersion, server: string): Finding {
  const isSupported = major > 1 || (major === 1 && minor >= OLDEST_MINOR);
  if (isSupported) return ok(`${server}, version ${text}`);
  return failed(
    `${server} has version ${text}`,
    `Upgrade the cluster to Kubernetes 1.${OLDEST_MINOR} or later: pods of the API stop by a \`sleep\` action, and labs are ` +
      'held by admission policies, which earlier ones do not have.',
  );
}

/** What to do about a request that the API server has refused or not answered. */
export function unusable(code: number | null): string {
  if (code === 401) {
    return 'The credentials are not valid there: check the kubeconfig of KUBECONFIG, or that the pod has the token of its service account.';
  }
  return (
    'Check the address: KUBECONFIG outside a cluster, else that of the pod’s cluster; network policies must let this pod out ' +
    'to the API server.'
  );
}

/** Workers and watchers talk to a cluster of a version that will do. */
export const kubernetes: Check = {
  name: 'kubernetes',
  parts: ['worker', 'watcher', 'all'],
  remedy: 'Run it in a pod with a service account, or name a kubeconfig file by KUBECONFIG.',
  async ask(subject) {
    const http = subject.kubernetes();
    try {
      return judgeVersion(await readServerVersion(http), http.server);
    } catch (error) {
      const known = toKubernetesError(error);
      if (known === null) throw error;
      return failed(`${http.server}: ${known.message}`, unusable(known.code));
    }
  },
};
