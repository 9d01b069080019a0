import { createFsadminActivities } from '../../../src/activities/fsadmin';
import type { KubernetesClient } from '../../../src/kubernetes/client';
import { fsadminObjects } from '../../../src/objects/fsadmin';
import { FSADMIN_WORKFLOW_ID } from '../../../src/workflow-clients/names';
import { attempt } from '../../activities/attempt';
import { fsadminInput } from '../../objects/file-server-cases';
import { sealer } from '../sealing';
import { aUsername, type Surroundings, type Uses } from './uses';

const { config } = fsadminInput('everything');

/** Uses of file system administration. */
export function fsadminUses({ admin, places: { own } }: Surroundings): Uses {
  const activitiesOf = (kubernetes: KubernetesClient) =>
    createFsadminActivities({
      kubernetes,
      sealer,
      configurations: { of: () => config },
      podName: () => config.fsadmin.podName,
      namespace: own,
    });

  /** A claim that exists, of a name of its own. */
  const aClaim = async () => {
    const fsadmin = { ...config.fsadmin, podName: aUsername() };
    const { claims } = fsadminObjects({
      config: { ...config, fsadmin },
      namespace: own,
      operationId: 'op-1',
    });
    const [claim] = claims;
    if (!claim) throw new Error('the case has no claim');
    const { uid } = await admin.create(claim);
    return { kind: 'PersistentVolumeClaim' as const, name: claim.metadata?.name ?? '', uid };
  };

  return {
    async readFsadmin({ kubernetes }) {
      const { uid } = await aClaim();
      const { claims } = await attempt(() => activitiesOf(kubernetes).readFsadmin());
      expect(claims.map((claim) => claim.uid)).toContain(uid);
    },

    async removeFsadminObject({ kubernetes }) {
      const claim = await aClaim();
      const removal = { ...claim, graceMs: 0, told: null };
      await attempt(() => activitiesOf(kubernetes).removeFsadminObject(removal), FSADMIN_WORKFLOW_ID);
    },
  };
}
