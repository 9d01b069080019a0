import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessPlan } from '../child';
import type { HubDescription } from '../description';
import { loopback, type Ports } from '../plan';

const newToken = (): string => randomBytes(16).toString('hex');

/** What users of the stack need to know of its JupyterHub; its tokens are new at every start. */
export function describeHub({ jupyterhub }: Ports): HubDescription {
  return { apiUrl: loopback(jupyterhub, '/hub/api'), serviceToken: newToken(), adminToken: newToken() };
}

/** JupyterHub, with the settings that `jupyterhub_config.py` reads. */
export function jupyterhub(
  { apiUrl, serviceToken, adminToken }: HubDescription,
  settingsFile: string,
): ProcessPlan {
  const settings = { url: new URL(apiUrl).origin, serviceToken, adminToken };
  writeFileSync(settingsFile, JSON.stringify(settings), { mode: 0o600 });
  return {
    name: 'jupyterhub',
    args: ['-m', 'jupyterhub', `--config=${join(__dirname, 'jupyterhub_config.py')}`],
  };
}
