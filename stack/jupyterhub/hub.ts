import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Binaries } from '../build';
import { type Launch, type ProcessPlan, waitFor } from '../child';
import type { HubDescription } from '../description';
import type { StackFiles } from '../files';
import { hubAnswers } from '../hub-request';
import { loopback, type Ports } from '../plan';
import type { HubKind, HubVersion } from './components';
import { configurableProxy } from './configurable-proxy';

const BASE_PATH = '/nb/';

/** The hub's own token in the fake identity service. */
const HUB_TOKEN = 'gt-hub.fake';

const newToken = (): string => randomBytes(16).toString('hex');

/** Description of the stack's JupyterHub; tokens are new at every start. */
export function describeHub(
  { jupyterhub, proxy }: Ports,
  { hubServiceToken }: StackFiles,
  { kind, version }: { readonly kind: HubKind; readonly version: HubVersion },
): HubDescription {
  const isFull = kind === 'full';
  return {
    version,
    apiUrl: loopback(jupyterhub, `${isFull ? BASE_PATH : '/'}hub/api`),
    url: isFull ? loopback(proxy, BASE_PATH) : null,
    serviceToken: newToken(),
    serviceTokenFile: hubServiceToken,
    adminToken: newToken(),
  };
}

interface HubSetup {
  readonly ports: Ports;
  readonly files: StackFiles;
  readonly binaries: Binaries;
  readonly launch: Launch;
}

/** Starts JupyterHub; for kind `full` its proxy first. */
export async function startHub(hub: HubDescription, setup: HubSetup): Promise<void> {
  const { binaries, files, launch, ports } = setup;
  const { adminToken, apiUrl, serviceToken, url } = hub;
  const proxyToken = newToken();
  const full = url === null ? null : fullSettings(url, proxyToken, setup);
  const settings = { url: new URL(apiUrl).origin, serviceToken, adminToken, full };
  writeFileSync(files.jupyterhubSettings, JSON.stringify(settings), { mode: 0o600 });
  writeFileSync(files.hubToken, HUB_TOKEN, { mode: 0o600 });
  writeFileSync(files.hubServiceToken, serviceToken, { mode: 0o600 });
  const proxies = full ? [launch(proxyPlan(ports, proxyToken))] : [];
  const plugins = binaries['nublado_hub'];
  const child = launch({
    name: 'jupyterhub',
    command: binaries['python'] ?? '',
    args: ['-m', 'jupyterhub', `--config=${join(__dirname, 'jupyterhub_config.py')}`],
    ...(plugins === undefined ? {} : { environment: { PYTHONPATH: dirname(plugins) } }),
  });
  await waitFor('jupyterhub', [...proxies, child], () => hubAnswers(apiUrl));
}

/** Settings of a hub of kind `full` for `jupyterhub_config.py`. */
function fullSettings(publicUrl: string, proxyToken: string, { files, ports }: HubSetup): object {
  return {
    publicUrl,
    bindUrl: loopback(ports.hubProxy, BASE_PATH),
    proxyApiUrl: loopback(ports.hubProxyApi),
    proxyToken,
    discoveryUrl: loopback(ports.identity),
    hubTokenPath: files.hubToken,
    cryptKey: randomBytes(32).toString('hex'),
  };
}

function proxyPlan({ hubProxy, hubProxyApi, jupyterhub }: Ports, token: string): ProcessPlan {
  return configurableProxy({
    name: 'jupyterhub-proxy',
    port: hubProxy,
    apiPort: hubProxyApi,
    token,
    errorTarget: loopback(jupyterhub, `${BASE_PATH}hub/error`),
  });
}
