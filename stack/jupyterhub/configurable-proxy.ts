import { join } from 'node:path';
import type { ProcessPlan } from '../child';
import { CHECKOUT } from '../paths';

interface ProxyPlan {
  readonly name: string;
  /** On loopback, as is the next one. */
  readonly port: number;
  readonly apiPort: number;
  /** Of the proxy's own API. */
  readonly token: string;
  /** Where it asks for the pages of its errors; it has its own without. */
  readonly errorTarget?: string;
}

/** configurable-http-proxy before a hub; it and the labs behind it stay while the hub is away. */
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
