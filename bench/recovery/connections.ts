import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { Stack } from '../../stack/description';
import { openToxicProxy, type ToxicProxy } from '../../stack/toxics';

/** The ways of one process of the controller to its servers, through proxies of its own. */
export interface Connections {
  readonly temporal: ToxicProxy;
  readonly kubernetes: ToxicProxy;
  /** What the process needs in its environment to use them. */
  readonly environment: Readonly<Record<string, string>>;
}

const kubeconfigSchema = z.looseObject({
  clusters: z.tuple([z.looseObject({ cluster: z.looseObject({ server: z.string() }) })]),
});

/** Opens the proxies for a process of that name. */
export async function openConnections(stack: Stack, name: string): Promise<Connections> {
  const { controllerKubeconfig, server } = stack.kubernetes;
  const temporal = await openToxicProxy(stack, `${name}-temporal`, stack.temporal.address);
  const kubernetes = await openToxicProxy(stack, `${name}-kubernetes`, new URL(server).host);
  const kubeconfig = kubeconfigSchema.parse(parse(readFileSync(controllerKubeconfig, 'utf8')));
  kubeconfig.clusters[0].cluster.server = `https://${kubernetes.address}`;
  const file = join(stack.directory, `${name}.kubeconfig`);
  writeFileSync(file, stringify(kubeconfig), { mode: 0o600 });
  return { temporal, kubernetes, environment: { TEMPORAL_ADDRESS: temporal.address, KUBECONFIG: file } };
}
