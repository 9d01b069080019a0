import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addressOf } from './address';
import type { Service } from './endpoints';

const MACHINE = '/etc/hosts';

/** The names of a Service for pods of a namespace, the longest first. */
function namesOf({ metadata }: Service, namespace: string): string[] {
  const full = `${metadata.name}.${metadata.namespace}`;
  const names = [`${full}.svc.cluster.local`, `${full}.svc`, full];
  return metadata.namespace === namespace ? [...names, metadata.name] : names;
}

/** Writes the file `/etc/hosts` of each namespace that has Services or pods, in place: pods have it mounted. */
export function writeHosts(directory: string, network: string, services: readonly Service[]): void {
  const namespaces = new Set([
    ...readdirSync(directory),
    ...services.map(({ metadata }) => metadata.namespace),
  ]);
  for (const namespace of namespaces) {
    const lines = services.flatMap((service) => {
      const address = addressOf(service, network);
      return address === null ? [] : `${address} ${namesOf(service, namespace).join(' ')}`;
    });
    writeFileSync(
      join(directory, namespace),
      `${readFileSync(MACHINE, 'utf8').trimEnd()}\n${lines.join('\n')}\n`,
    );
  }
}

/** The file `/etc/hosts` of a namespace's pods; null in stacks without addresses for Services. */
export function hostsFile(directory: string, namespace: string): string | null {
  if (!existsSync(directory)) return null;
  const file = join(directory, namespace);
  if (!existsSync(file)) writeFileSync(file, readFileSync(MACHINE));
  return file;
}
