import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { NamedPod, PrepullActivities } from '../../src/activities/prepull';
import type { PodChange } from '../../src/domain/pod-change';
import type { PrepullPodInput } from '../../src/objects/prepull-pod';
import { aPod, type PodBuilder } from './builders';

export type PullStep = 'create' | 'delete' | 'read';

/** A prepull pod and its pull. */
interface FakePod {
  readonly name: string;
  readonly node: string;
  readonly tag: string;
  pod: PodBuilder;
}

/** The error of the activity for another pull's pod. */
const inTheWay = (uid: string): Error =>
  ApplicationFailure.create({ type: 'PodInTheWay', nonRetryable: true, details: [uid] });

/** A fake cluster for prepulling. The test acts as the kubelets and, through `watcher`, as the watcher. */
export class FakePullCluster {
  readonly pods = new Map<string, FakePod>();
  /** The pulls whose pods were created, as `tag to node`, in order. */
  readonly created: string[] = [];
  /** Greatest number of pods at a time. */
  busiest = 0;
  /** Nodes that had two pods at a time. */
  readonly overrun: string[] = [];
  /** Sends a change to the workflow, as the watcher does. Does nothing until a test sets it. */
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

  /** Makes a step fail, until `mend`. */
  break(step: PullStep, error: Error): void {
    this.failures.set(step, error);
  }

  mend(step: PullStep): void {
    this.failures.delete(step);
  }

  /** Delays the responses of a step, after its effect, until the returned function is called. */
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

  /** Changes the state of the pod on a node without a signal. */
  become(node: string, change: (pod: PodBuilder) => PodBuilder): PodBuilder {
    const found = this.on(node);
    found.pod = change(found.pod);
    return found.pod;
  }

  /** Removes the pod on a node without a signal; returns its UID. */
  lose(node: string): string {
    const { name, pod } = this.on(node);
    this.pods.delete(name);
    return pod.uid;
  }

  /** Adds a pod that belongs to no pull under way. */
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
    // A worker that stops must not wait for a gate that stays closed.
    if (gate) await Promise.race([gate, Context.current().cancelled]);
  }
}
