import type { Config } from '../../../config/config';
import { toKubernetesError } from '../../../kubernetes/errors';
import { readKinds } from '../../../kubernetes/questions';
import { type Check, failed, ok, skipped } from '../check';

/** A kind that a cluster has only where something is installed. */
interface OptionalKind {
  readonly groupVersion: string;
  readonly kind: string;
  readonly remedy: string;
}

/** What makes users' file servers reachable, by `fileserver.ingress.type`. */
const KINDS: Readonly<Record<string, OptionalKind>> = {
  gafaelfawr: {
    groupVersion: 'gafaelfawr.lsst.io/v1alpha1',
    kind: 'GafaelfawrIngress',
    remedy: 'Install Gafaelfawr, or set fileserver.ingress.type to ingress or httpRoute.',
  },
  httpRoute: {
    groupVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    remedy: 'Install the Gateway API and a gateway, or set fileserver.ingress.type to ingress.',
  },
};

/** The kind that a configuration needs besides those of Kubernetes; null for none. */
export function optionalKind({ fileserver }: Pick<Config, 'fileserver'>): OptionalKind | null {
  return fileserver.enabled ? (KINDS[fileserver.ingress.type] ?? null) : null;
}

/** The cluster has the kinds of objects that file servers are made reachable by. */
export const kinds: Check = {
  name: 'kinds',
  parts: ['worker', 'all'],
  needs: 'kubernetes',
  remedy: 'Check that the account may read which kinds there are, as ClusterRole system:discovery grants.',
  async ask(subject) {
    const needed = optionalKind(subject.config);
    if (needed === null) return skipped('none but those of Kubernetes are needed');
    const { groupVersion, kind, remedy } = needed;
    const served = await readKinds(subject.kubernetes(), groupVersion).catch((error: unknown) => {
      if (toKubernetesError(error)?.code === 404) return new Set<string>();
      throw error;
    });
    return served.has(kind) ? ok(kind) : failed(`the cluster has no ${kind} (${groupVersion})`, remedy);
  },
};
