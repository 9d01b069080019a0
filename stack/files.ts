import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of a stack's files. */
export function stackFiles(directory: string) {
  const file = (...name: string[]) => join(directory, ...name);
  return {
    description: file('stack.json'),
    logs: file('logs'),
    log: (name: string) => file('logs', `${name}.log`),
    /** Files `/etc/hosts` of pods, by namespace. */
    hosts: file('hosts'),
    etcdData: file('etcd'),
    temporalDatabase: file('temporal.db'),
    certificates: file('certificates'),
    apiServerCertificate: file('certificates', 'apiserver.crt'),
    kwokConfiguration: file('kwok.yaml'),
    toxiproxyConfiguration: file('toxiproxy.json'),
    registry: file('registry'),
    postgresqlData: file('postgresql'),
    postgresqlPassword: file('postgresql-password'),
    jupyterhubSettings: file('jupyterhub.json'),
    hubToken: file('hub-token'),
    hubServiceToken: file('hub-service-token'),
    adminKubeconfig: file('admin.kubeconfig'),
    controllerKubeconfig: file('controller.kubeconfig'),
    hubKubeconfig: file('hub.kubeconfig'),
    controllerKubeconfigViaToxiproxy: file('controller-via-toxiproxy.kubeconfig'),
  };
}

export type StackFiles = ReturnType<typeof stackFiles>;

/** Removes the files of a stack that has ended, except its logs and, if it is persistent, its data. */
export function removeState(directory: string, isPersistent: boolean): void {
  const { description } = stackFiles(directory);
  rmSync(description, { force: true });
  if (isPersistent || !existsSync(directory)) return;
  for (const entry of readdirSync(directory)) {
    if (entry !== 'logs') rmSync(join(directory, entry), { recursive: true, force: true });
  }
}
