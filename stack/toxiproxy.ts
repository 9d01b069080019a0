import { writeFileSync } from 'node:fs';
import type { ProcessPlan } from './child';
import type { Ports } from './plan';

const proxy = (name: string, listen: number, upstream: number) => ({
  name,
  listen: `127.0.0.1:${listen}`,
  upstream: `127.0.0.1:${upstream}`,
  enabled: true,
});

/** toxiproxy with a proxy in front of the API server and one in front of Temporal, initially without faults. */
export function toxiproxy(ports: Ports, configurationFile: string): ProcessPlan {
  const proxies = [
    proxy('kubernetes', ports.toxicApiServer, ports.apiServer),
    proxy('temporal', ports.toxicTemporal, ports.temporal),
  ];
  writeFileSync(configurationFile, JSON.stringify(proxies));
  return {
    name: 'toxiproxy',
    args: [`-config=${configurationFile}`, '-host=127.0.0.1', `-port=${ports.toxiproxy}`],
  };
}
