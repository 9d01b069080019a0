import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { buildComponents } from '../../../stack/build';
import { hubComponents } from '../../../stack/jupyterhub/components';
import { type KubernetesApi, kubernetesApi } from '../../../stack/kubernetes-api';
import { withKubeconfig } from '../../kubernetes/cluster';
import { eventually } from '../eventually';
import { HUB_VERSION } from '../hub-version';
import { theStack } from '../stack';
import { type StandbyEvent, startStandby } from '../standby';
import type { Surroundings, Uses } from './uses';

const TIMING = { leaseDurationMs: 30_000, renewDeadlineMs: 20_000, retryPeriodMs: 100 };

const leaseSchema = z.object({ spec: z.object({ acquireTime: z.string(), renewTime: z.string() }) });

async function hasRenewed(admin: KubernetesApi, path: string): Promise<boolean> {
  const lease = leaseSchema.safeParse((await admin.send('GET', path)).body).data;
  return lease !== undefined && lease.spec.renewTime > lease.spec.acquireTime;
}

/** What the API server has refused, as the log has it. */
function refusalIn(events: readonly StandbyEvent[]): string | null {
  for (const { message, reason } of events) {
    const said = `${message} ${String(reason)}`;
    const [, verb, resource] = /\b403: .* cannot (\w+) resource "(\w+)"/.exec(said) ?? [];
    if (verb && resource) return `${verb} ${resource}`;
  }
  return null;
}

/** The use of a hub with a standby. */
export function hubUses({ places: { own } }: Surroundings): Uses {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${own}/leases/nublado-hub`;
  const { adminKubeconfig } = theStack().kubernetes;
  return {
    async 'nublado-hub-standby'({ answers, token }) {
      const { python = '' } = await buildComponents({ components: hubComponents('api', HUB_VERSION) });
      const directory = mkdtempSync(join(tmpdir(), 'hub-'));
      const admin = kubernetesApi(adminKubeconfig);
      try {
        await admin.send('DELETE', path);
        await withKubeconfig(adminKubeconfig, { user: { token } }, async (kubeconfig) => {
          const standby = startStandby({
            python,
            kubeconfig,
            namespace: own,
            identity: 'a',
            timing: TIMING,
            command: ['sleep', '60'],
            logFile: join(directory, 'log'),
          });
          const refusal = await eventually(
            async () => ((await hasRenewed(admin, path)) ? null : (refusalIn(standby.events()) ?? undefined)),
            (seen) => seen !== undefined,
          ).finally(() => standby.kill('SIGTERM'));
          await standby.exited;
          if (refusal) {
            answers.push(`403 ${refusal}`);
            throw Object.assign(new Error(refusal), { type: 'KubernetesForbidden' });
          }
        });
      } finally {
        admin.close();
        rmSync(directory, { recursive: true });
      }
    },
  };
}
