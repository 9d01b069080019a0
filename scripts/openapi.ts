import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { buildApp } from '../src/api/app';
import { ingressAuthentication } from '../src/api/authentication/ingress';
import { createMetrics } from '../src/api/plugins/metrics';
import { limits, timeouts } from '../src/config/schema/limits';

const TARGET = join(__dirname, '../docs/api/openapi.json');

function unused(): never {
  throw new Error('describing the API calls nothing');
}

/** Writes the OpenAPI document of a default installation to its place in the documentation. */
async function main(): Promise<void> {
  const app = await buildApp({
    settings: {
      name: 'Nublado',
      pathPrefix: '/nublado',
      baseUrl: 'https://data.example.com',
      fileserver: {
        enabled: true,
        pathPrefix: '/files',
        idleTimeoutMs: 3_600_000,
        ingress: { type: 'gafaelfawr' },
      },
      timeouts: timeouts.parse({}),
      limits: limits.parse({}),
    },
    logger: pino({ enabled: false }),
    authentication: ingressAuthentication({ lookup: unused }),
    terms: unused,
    sealer: { seal: unused },
    usageUrlOf: null,
    labs: { create: unused, read: unused, list: unused, remove: unused },
    fsadmin: { read: unused, start: unused, remove: unused },
    history: { livesOf: unused, lastOf: unused },
    progress: { follow: unused },
    fileServers: { open: unused, verify: unused, list: unused, isRunning: unused, remove: unused },
    metrics: createMetrics(),
    checks: {},
    notes: unused,
    reportFailure: unused,
  });
  mkdirSync(join(TARGET, '..'), { recursive: true });
  writeFileSync(TARGET, `${JSON.stringify(app.swagger(), null, 2)}\n`);
  await app.close();
}

void main();
