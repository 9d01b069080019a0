import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { buildComponents } from '../../stack/build';
import { hubComponents } from '../../stack/jupyterhub/components';
import { CHECKOUT } from '../../stack/paths';
import type { OwnStack } from '../../stack/start';
import { HUB_VERSION } from './hub-version';
import { type Standby, startStandby } from './standby';

const settingsSchema = z.object({ full: z.object({ bindUrl: z.url() }) });

/** Standbys of the stack's hub, on a database that they share. */
export interface HubPair {
  /** Starts a standby, as in another pod, with the same hub: same address, database and secrets. */
  start(identity: string): Standby;
  /** The hub's proxy, without the ingress. */
  readonly proxyUrl: string;
}

/** Ends the full JupyterHub of a stack and lets standbys run it instead, with the stack's PostgreSQL. */
export async function hubPair(stack: OwnStack): Promise<HubPair> {
  const { python = '', nublado_hub: plugins = '' } = await buildComponents({
    components: hubComponents('full', HUB_VERSION),
  });
  await stack.kill('jupyterhub');
  const databaseUrl = stack.postgresql?.url.replace('postgresql:', 'postgresql+psycopg:');
  const { kubernetes, directory } = stack;
  const settings: unknown = JSON.parse(readFileSync(join(directory, 'jupyterhub.json'), 'utf8'));
  return {
    proxyUrl: settingsSchema.parse(settings).full.bindUrl,
    start: (identity) =>
      startStandby({
        python,
        identity,
        kubeconfig: kubernetes.hubKubeconfig,
        namespace: kubernetes.controllerNamespace,
        command: [
          python,
          '-m',
          'jupyterhub',
          `--config=${join(CHECKOUT, 'stack', 'jupyterhub', 'jupyterhub_config.py')}`,
          `--JupyterHub.db_url=${databaseUrl}`,
          // The hub answers before it has checked all spawns in flight.
          '--JupyterHub.init_spawners_timeout=1',
        ],
        directory,
        // With its entry points, which the sources alone do not have.
        environment: { PYTHONPATH: dirname(plugins) },
        logFile: join(directory, 'logs', `${identity}.log`),
      }),
  };
}
