import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1Container } from '@kubernetes/client-node';
import { BEHAVIOUR_ANNOTATION } from '../../stack/kubelet/behaviours';
import { type KubernetesApi, kubernetesApi } from '../../stack/kubernetes-api';
import { type OwnStack, startStack } from '../../stack/start';
import { eventually } from '../support/eventually';
import { createPodNamespace, type Pod, type PodNamespace, type PodRequest } from './pods';

/** A folder of the simulated nodes, where containers leave what the tests look at. */
const OUT = { name: 'out', hostPath: { path: '/srv/out' } };
const OUT_MOUNT = { name: 'out', mountPath: '/out' };

/** A script that says that it has come to its loop, and stays in it. */
export const FOREVER = 'echo yes > "/out/$(basename "$0").ready"; while :; do sleep 0.05; done';

/** A script that runs until it is told to end. */
export const obeying = (exitCode: number): string => `trap 'exit ${exitCode}' TERM; ${FOREVER}`;

/** A script that runs until it is killed. */
export const DEAF = `trap '' TERM; ${FOREVER}`;

/** How the main container of a pod has ended. */
export const endOf = (pod: Pod | undefined) => pod?.status.containerStatuses[0]?.state.terminated;

/** Pods of a stack of their own, whose containers are processes that run shell scripts. */
export class PodProcesses {
  private constructor(
    readonly stack: OwnStack,
    readonly api: KubernetesApi,
    readonly pods: PodNamespace,
  ) {}

  /** Starts everything, with a ConfigMap `settings` among the pods. */
  static async start(): Promise<PodProcesses> {
    const stack = await startStack({ name: `labs-${randomBytes(4).toString('hex')}`, labs: true });
    const api = kubernetesApi(stack.kubernetes.adminKubeconfig);
    const containers = new PodProcesses(stack, api, await createPodNamespace(api));
    const data = { COLOUR: 'red', SHAPE: 'round' };
    await containers.put('configmaps', { metadata: { name: 'settings' }, data });
    return containers;
  }

  async stop(): Promise<void> {
    this.api.close();
    await this.stack.stop();
    await rm(this.stack.directory, { recursive: true });
  }

  /** Makes an object in the pods' namespace. */
  async put(kind: string, object: object): Promise<void> {
    const { status } = await this.api.send('POST', `/api/v1/namespaces/${this.pods.name}/${kind}`, object);
    if (status !== 201) throw new Error(`${status} for one of the ${kind}`);
  }

  /** Runs a shell script as a pod's container. */
  async run(name: string, script: string, request: PodRequest = {}): Promise<void> {
    const { container, volumes = [] } = request;
    await this.pods.create(name, {
      ...request,
      annotations: { [BEHAVIOUR_ANNOTATION]: 'process', ...request.annotations },
      command: ['sh', '-c', script, this.markOf(name)],
      container: { ...container, volumeMounts: [OUT_MOUNT, ...(container?.volumeMounts ?? [])] },
      volumes: [OUT, ...volumes],
    });
  }

  /** An init container of a pod that runs a shell script. */
  init(name: string, pod: string, script: string, more: Partial<V1Container> = {}): V1Container {
    return {
      name,
      image: 'registry.example.com/init:1',
      command: ['sh', '-c', script, this.markOf(pod)],
      ...more,
      volumeMounts: [OUT_MOUNT, ...(more.volumeMounts ?? [])],
    };
  }

  /** The path of what a container leaves below `/out`. */
  left(file: string): string {
    return join(this.stack.directory, 'nodes/srv/out', file);
  }

  /** The lines of such a file, once it is there. */
  async lines(file: string): Promise<string[]> {
    const path = this.left(file);
    await eventually(
      async () => existsSync(path),
      (isThere) => isThere,
    );
    return readFileSync(path, 'utf8').trimEnd().split('\n');
  }

  becomes(name: string, isReached: (pod: Pod) => boolean): Promise<Pod | undefined> {
    return eventually(
      () => this.pods.read(name),
      (pod) => pod !== undefined && isReached(pod),
    );
  }

  phaseBecomes(name: string, phase: string): Promise<Pod | undefined> {
    return this.becomes(name, ({ status }) => status.phase === phase);
  }

  /** Waits until there is no such pod. */
  async becomesGone(name: string): Promise<void> {
    await eventually(
      () => this.pods.read(name),
      (pod) => pod === undefined,
    );
  }

  /** Waits until a pod's script has come to its loop. */
  async isReady(name: string): Promise<void> {
    await this.phaseBecomes(name, 'Running');
    await this.lines(`${name}.ready`);
  }

  /** The processes of a pod's containers, as this machine sees them. */
  processesOf(name: string): number[] {
    const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
    return pids.map(Number).filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(this.markOf(name));
      } catch {
        return false;
      }
    });
  }

  /** The last of a pod's processes is the container's own; those before only wait for it. */
  signal(name: string, signal: 'SIGTERM' | 'SIGKILL'): void {
    process.kill(this.processesOf(name).at(-1) ?? 0, signal);
  }

  /** Waits until a pod has no process any more. */
  async untilEnded(name: string): Promise<void> {
    await eventually(
      async () => this.processesOf(name),
      (pids) => pids.length === 0,
    );
  }

  private markOf(name: string): string {
    return `${this.pods.name}/${name}`;
  }
}
