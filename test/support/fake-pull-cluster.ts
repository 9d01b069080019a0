import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { NamedPod, PrepullActivities } from '../../src/activities/prepull';
import type { PodChange } from '../../src/domain/pod-change';
import type { PrepullPodInput } from '../../src/objects/prepull-pod';
import { aPod, type PodBuilder } from './builders';

export type PullStep = 'create' | 'delete' | 'read';

/** A prepull pod, and for whom it pulls. */
interface FakePod {
  readonly name: string;
  readonly node: string;
  readonly tag: string;
  pod: PodBuilder;
}

/** As the activity tells of another pull's pod. */
const inTheWay = (uid: string): Error =>
  ApplicationFailure.create({ type: 'PodInTheWay', nonRetryable: true, details: [uid] });

/** As much of a cluster as prepulling needs. The test plays the kubelets and, through `tell`, the watcher. */
export class FakePullCluster {
  readonly pods = new Map<string, FakePod>();
  /** What was pulled where, as `tag to node`, in order. */
  readonly created: string[] = [];
  /** How many pods there were at most. */
  busiest = 0;
  /** Nodes that had two pods at a time. */
  readonly overrun: string[] = [];
  /** Tells the workflow, as the watcher does. Silent until a test connects it. */
  watcher: (change: PodChange) => Promise<void> = async () => undefined;
  /** Whether kubelets pull at once. */
  isFast = false;
  private readonly counts = new Map<PullStep, number>();
  private readonly failures = new Map<PullStep, Error>();
  private readonly gates = new Map<PullStep, Promise<void>>();
  private serial = 0;

  count(step: PullStep): number {
    return this.counts.get(step) ?? 0;
  }

  /** Lets a step fail, until it is mended. */
  break(step: PullStep, error: Error): void {
    this.failures.set(step, error);
  }

  mend(step: PullStep): void {
    this.failures.delete(step);
  }

  /** Holds up the answers of a step, after it has had its effect, until the gate is opened. */
  hold(step: PullStep): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gates.set(step, promise);
    return resolve;
  }

  /** The pod on a node. */
  on(node: string): FakePod {
    const found = [...this.pods.values()].find((pod) => pod.node === node);
    if (!found) throw new Error(`there is no pod on ${node}`);
    return found;
  }

  /** Gives the pod on a node another state without telling anyone. */
  become(node: string, change: (pod: PodBuilder) => PodBuilder): PodBuilder {
    const found = this.on(node);
    found.pod = change(found.pod);
    return found.pod;
  }

  /** Takes the pod on a node away without telling anyone; returns its UID. */
  lose(node: string): string {
    const { name, pod } = this.on(node);
    this.pods.delete(name);
    return pod.uid;
  }

  /** Leaves a pod that belongs to nobody any more. */
  leave(name: string): void {
    this.pods.set(name, { name, node: `node of ${name}`, tag: 'left', pod: aPod(`pull of ${name}`) });
  }

  readonly activities: PrepullActivities = {
    createPrepullPod: (input) => this.create(input),
    deletePrepullPod: async ({ name, id, uid }) => {
      await this.pass('delete');
      const pod = this.pods.get(name)?.pod;
      const isMeant = uid ? pod?.uid === uid : id === undefined || pod?.spawnId === id;
      if (isMeant) this.pods.delete(name);
    },
    readPrepullPods: async (): Promise<NamedPod[]> => {
      await this.pass('read');
      return [...this.pods.values()].map(({ name, pod }) => ({ name, pod }));
    },
  };

  private async create({ id, name, node, reference }: PrepullPodInput): Promise<string> {
    await this.begin('create');
    const known = this.pods.get(name);
    if (known?.pod.spawnId === id) return known.pod.uid;
    if (known) throw inTheWay(known.pod.uid);
    if ([...this.pods.values()].some((pod) => pod.node === node)) this.overrun.push(node);
    const tag = /:([^:@]+)@/.exec(reference)?.[1] ?? '';
    this.serial += 1;
    const pod = aPod(id, `uid-${this.serial}`);
    const made: FakePod = { name, node, tag, pod };
    this.pods.set(name, made);
    this.created.push(`${tag} to ${node}`);
    this.busiest = Math.max(this.busiest, this.pods.size);
    await this.opened('create');
    if (this.isFast) {
      made.pod = made.pod.succeeded();
      await this.watcher({ pod: made.pod });
    }
    return pod.uid;
  }

  private async pass(step: PullStep): Promise<void> {
    await this.begin(step);
    await this.opened(step);
  }

  private async begin(step: PullStep): Promise<void> {
    this.counts.set(step, this.count(step) + 1);
    const failure = this.failures.get(step);
    if (failure) throw failure;
  }

  private async opened(step: PullStep): Promise<void> {
    const gate = this.gates.get(step);
    // A stopping worker must not wait for a gate that nobody opens.
    if (gate) await Promise.race([gate, Context.current().cancelled]);
  }
}
