import { createServer, type Server } from 'node:http';
import type { V1Pod } from '@kubernetes/client-node';
import { LAB_PORT } from '../../src/domain/lab-url';
import { createKubernetesClient } from '../../src/kubernetes/client';
import { LAB_SELECTOR } from '../../src/objects/labels';

/** Web servers that stand in for the notebooks of labs whose containers nobody runs. */
export interface StandInLabs {
  close(): Promise<void>;
}

/** Answers at the address of every lab's pod, with that address, for as long as the pod is there. */
export function standInForLabs(kubeconfig: string, labelSelector = LAB_SELECTOR): StandInLabs {
  const kubernetes = createKubernetesClient({ kubeconfig, requestTimeoutMs: 60_000 });
  const stopped = new AbortController();
  const servers = new Map<string, Server>();

  const open = ({ metadata, status }: V1Pod) => {
    const uid = metadata?.uid ?? '';
    if (status?.podIP && status.phase === 'Running' && !servers.has(uid))
      servers.set(uid, labAt(status.podIP));
  };
  const end = (uid: string) => {
    servers.get(uid)?.close().closeAllConnections();
    servers.delete(uid);
  };
  const follow = async () => {
    const options = { path: '/api/v1/pods', query: { labelSelector }, signal: stopped.signal };
    for await (const change of kubernetes.listThenWatch<V1Pod>(options)) {
      if (change.type === 'BOOKMARK') continue;
      if (change.type === 'DELETED') end(change.object.metadata?.uid ?? '');
      else for (const pod of change.type === 'LISTED' ? change.items : [change.object]) open(pod);
    }
  };
  void follow().catch((error: unknown) => {
    if (!stopped.signal.aborted) throw error;
  });

  return {
    async close() {
      stopped.abort();
      for (const uid of servers.keys()) end(uid);
      await kubernetes.close();
    },
  };
}

function labAt(address: string): Server {
  return createServer((_request, response) => response.end(address)).listen(LAB_PORT, address);
}
