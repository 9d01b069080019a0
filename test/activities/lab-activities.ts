import { createLabActivities, type LabActivities, type LabDependencies } from '../../src/activities/lab';
import { createSecretSource } from '../../src/activities/secret-source';
import type { Config } from '../../src/config/config';
import { createKubernetesClient } from '../../src/kubernetes/client';
import { observer, prover, sealer } from '../support/sealing';
import { type ScriptedCluster, startScriptedCluster } from './scripted-cluster';

/** The activities of labs on a scripted cluster. */
export interface LabActivitiesUnderTest {
  readonly cluster: ScriptedCluster;
  readonly activities: LabActivities;
  /** The same cluster's activities with other dependencies. */
  activitiesWith(changes: Partial<LabDependencies>): LabActivities;
  close(): Promise<void>;
}

/** Starts a cluster that holds nothing; sealed is what `sealer` seals, and nothing can be discovered. */
export async function startLabActivities(
  config: Config,
  changes: Partial<LabDependencies> = {},
): Promise<LabActivitiesUnderTest> {
  const cluster = await startScriptedCluster();
  const kubernetes = createKubernetesClient({
    kubeconfig: cluster.server.kubeconfig,
    requestTimeoutMs: 5_000,
  });
  const activitiesWith = (others: Partial<LabDependencies>) =>
    createLabActivities({
      configurations: { of: () => config },
      kubernetes,
      observer,
      prover,
      sealer,
      discovery: null,
      secrets: createSecretSource(kubernetes, 'nublado'),
      ...changes,
      ...others,
    });
  return {
    cluster,
    activities: activitiesWith({}),
    activitiesWith,
    async close() {
      await kubernetes.close();
      await cluster.close();
    },
  };
}
