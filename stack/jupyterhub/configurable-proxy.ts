import { join } from 'node:path';
import type { ProcessPlan } from '../child';
import { CHECKOUT } from '../paths';

interface ProxyPlan {
  readonly name: string;
  /** Port of the proxy, on loopback. */
  readonly port: number;
  readonly apiPort: number;
  /** Token of the proxy's own API. */
  readonly token: string;
  /** URL from which it reads its error pages; it has built-in ones. */
  readonly errorTarget?: string;
}

/** configurable-http-proxy in front of a hub; it and the labs behind it keep running while the hub is down. */
export function configurableProxy({ name, port, apiPort, token, errorTarget }: ProxyPlan): ProcessPlan {
  return {
    name,
    command: process.execPath,
    args: [
      join(CHECKOUT, 'node_modules/configurable-http-proxy/bin/configurable-http-proxy'),
      '--ip=127.0.0.1',
      `--port=${port}`,
      '--api-ip=127.0.0.1',
      `--api-port=${apiPort}`,
      ...(errorTarget === undefined ? [] : [`--error-target=${errorTarget}`]),
      '--log-level=warn',
    ],
    environment: { CONFIGPROXY_AUTH_TOKEN: token },
  };
}
