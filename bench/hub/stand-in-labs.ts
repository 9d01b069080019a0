import { createServer, type Server } from 'node:http';
import type { V1Pod } from '@kubernetes/client-node';
import { LAB_PORT } from '../../src/domain/lab-address';
import { LAB_SELECTOR } from '../../src/objects/labels';
import { watchPods } from './pod-watch';

/** Web servers in place of the notebooks of labs whose containers are not run. */
export interface StandInLabs {
  close(): Promise<void>;
}

/** Answers with its address at the address of every lab's pod, as long as the pod exists. */
export function standInForLabs(kubeconfig: string, labelSelector = LAB_SELECTOR): StandInLabs {
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
  const watch = watchPods(kubeconfig, labelSelector, {
    seen: open,
    deleted: ({ metadata }) => end(metadata?.uid ?? ''),
  });

  return {
    async close() {
      const closed = watch.close();
      for (const uid of servers.keys()) end(uid);
      await closed;
    },
  };
}

function labAt(address: string): Server {
  return createServer((_request, response) => response.end(address)).listen(LAB_PORT, address);
}
