import { isDeepStrictEqual } from 'node:util';
import type {
  KubernetesObject,
  V1ConfigMap,
  V1Namespace,
  V1Pod,
  V1ResourceQuota,
} from '@kubernetes/client-node';
import { Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import type { Config } from '../config/config';
import { errorMessage } from '../domain/errors';
import { type RecoveredLab, withProvenAddress } from '../domain/lab';
import { environmentConfigMapName, podName } from '../domain/lab-key';
import {
  type Decision,
  judgeContent,
  judgeNamespace,
  type LabContent,
  labsToVerify,
  type NamespaceFacts,
  type ReconciliationRules,
  type ReconciliationSummary,
  type WorkflowFacts,
} from '../domain/reconciliation';
import type { KubernetesClient } from '../kubernetes/client';
import { throwIfRequestsEnded } from '../kubernetes/http';
import { coreCollection, coreReference, namespaceReference } from '../kubernetes/references';
import { ignoreNotFound, orGone } from '../kubernetes/verdict';
import { LAB_SELECTOR } from '../objects/labels';
import { instant } from '../objects/reading/fields';
import { podUsername, userOf } from '../objects/reading/labels';
import { type Recovery, recoverLab } from '../objects/reading/recovery';
import { newOperationId } from '../workflow-clients/lab/executions';
import { concurrently } from './concurrently';
import type { LabObserver } from './lab-observer';
import type { LabRegister } from './lab-register';
import { withHeartbeat } from './lease';

/** Namespaces processed at a time: so many that slow ones do not delay the others. */
const CONCURRENCY = 50;

/** Dependencies of a pass. */
export interface ReconcileDependencies {
  /** The present configuration; read once per pass. */
  readonly config: () => Pick<Config, 'lab' | 'timeouts'>;
  readonly kubernetes: KubernetesClient;
  readonly observer: Pick<LabObserver, 'observe'>;
  readonly register: LabRegister;
  /** The record from which the API reads that labs have been reconciled. */
  readonly record: ReconciliationStore;
  readonly logger: Logger;
  /** Called for every decision that was carried out or reported. */
  readonly onDecision: (kind: Decision['kind']) => void;
}

/** The workflow run of a pass. */
export interface PassExecution {
  readonly workflowId: string;
  readonly runId: string;
}

/** The durable record of reconciliation, which is part of Temporal's data and is lost with it. */
export interface ReconciliationStore {
  /** Null until a pass over Temporal's present data has ended. */
  read(): Promise<{ readonly unsettled: readonly string[] } | null>;
  /** @throws Error when Temporal has lost the pass, and with it what was adopted, since it began. */
  publish(unsettled: readonly string[], pass: PassExecution): Promise<void>;
}

export type ReconcileActivities = ReturnType<typeof createReconcileActivities>;

/** The one activity of reconciliation. */
export function createReconcileActivities(dependencies: ReconcileDependencies) {
  return {
    /**
     * Compares the namespaces of labs with the open workflows, corrects differences, and records the pass. A namespace
     * that fails is reported and does not stop the others; without the lists the pass fails.
     */
    async reconcileLabs(): Promise<ReconciliationSummary> {
      const { cancellationSignal, info } = Context.current();
      const { workflowExecution } = info;
      if (!workflowExecution) throw new Error('a pass needs a workflow');
      const pass = new Pass(dependencies, dependencies.config(), workflowExecution, cancellationSignal);
      return withHeartbeat(() => pass.run());
    },
  };
}

/** The lists of one pass. */
interface Listing {
  readonly workflows: readonly WorkflowFacts[];
  readonly namespaces: readonly NamespaceFacts[];
  readonly uids: ReadonlyMap<string, string>;
  /** Lab pods by namespace and name, with a slash between. */
  readonly pods: ReadonlyMap<string, V1Pod>;
  /** By namespace. */
  readonly podUsernames: ReadonlyMap<string, string>;
}

/** A namespace to examine, and its pod where that was listed. */
interface FoundNamespace {
  readonly namespace: string;
  readonly uid: string;
  readonly pod: V1Pod | undefined;
}

class Pass {
  private readonly recovered = new Map<string, RecoveredLab>();
  private readonly unsettled = new Set<string>();

  constructor(
    private readonly dependencies: ReconcileDependencies,
    private readonly config: Pick<Config, 'lab' | 'timeouts'>,
    private readonly execution: PassExecution,
    private readonly signal: AbortSignal,
  ) {}

  async run(): Promise<ReconciliationSummary> {
    const { lab, timeouts } = this.config;
    const rules = { namespacePrefix: lab.namespacePrefix, graceMs: timeouts.reconcileGraceMs };
    const { record } = this.dependencies;
    const earlier = await record.read();
    const listing = await this.list();
    // Visibility may still list workflows that Temporal has lost: until a pass has ended, listed workflows are not
    // skipped.
    const listed = new Set(earlier ? listing.workflows.map(({ username }) => username) : []);
    const settled = await concurrently(
      listing.namespaces,
      (namespace) => this.settle(namespace, listed, listing, rules),
      CONCURRENCY,
    );
    const missing = labsToVerify(listing.workflows, listing.podUsernames, rules);
    const told = await concurrently(
      missing,
      (decision) => this.carryOut(decision, listing.uids),
      CONCURRENCY,
    );
    this.throwIfOver();
    const unsettled = [...this.unsettled].toSorted();
    if (!isDeepStrictEqual(unsettled, earlier?.unsettled)) await record.publish(unsettled, this.execution);
    return summarize([...settled, ...told].filter((decision) => decision !== null));
  }

  /** Workflows first, so that the cluster's lists include what workflows create or delete meanwhile. */
  private async list(): Promise<Listing> {
    const { kubernetes } = this.dependencies;
    const workflows = await this.dependencies.register.list();
    const query = { labelSelector: LAB_SELECTOR };
    const namespaces = await kubernetes.list<V1Namespace>(coreCollection('Namespace'), query);
    const pods = await kubernetes.list<V1Pod>(coreCollection('Pod'), query);
    return {
      workflows,
      namespaces: namespaces.map(factsOf),
      uids: new Map(namespaces.map(({ metadata }) => [metadata?.name ?? '', metadata?.uid ?? ''])),
      pods: new Map(pods.map((pod) => [`${pod.metadata?.namespace}/${pod.metadata?.name}`, pod])),
      podUsernames: new Map(pods.map((pod) => [pod.metadata?.namespace ?? '', podUsername(pod) ?? ''])),
    };
  }

  /** Decides and acts for one namespace, independently of the others. Returns what was done. */
  private async settle(
    namespace: NamespaceFacts,
    listed: ReadonlySet<string>,
    { workflows, uids, pods }: Listing,
    rules: ReconciliationRules,
  ): Promise<Decision | null> {
    const verdict = judgeNamespace(namespace, workflows, rules);
    if (verdict?.kind !== 'examine') return verdict && this.carryOut(verdict, uids);
    const { username } = verdict;
    if (listed.has(username)) return null;
    const pod = pods.get(`${namespace.name}/${podName(username)}`);
    const found = { namespace: namespace.name, uid: uids.get(namespace.name) ?? '', pod };
    const content = await this.examine(username, found);
    const decision = content && judgeContent(namespace, username, content, rules);
    const done = decision && (await this.carryOut(decision, uids));
    if (done?.kind === 'report' && pod && mayRun(pod)) this.unsettled.add(username);
    return done;
  }

  /** Reads the content of a namespace; null when its user has a workflow. */
  private async examine(username: string, found: FoundNamespace): Promise<LabContent | null> {
    try {
      if ((await this.dependencies.register.statusOf(username)) !== undefined) return null;
      const recovery = await this.recover(username, found);
      if (recovery.kind === 'whole') this.recovered.set(found.namespace, recovery.lab);
      return recovery;
    } catch (error) {
      this.throwIfOver();
      return { kind: 'unreadable', problem: `it could not be read: ${errorMessage(error)}` };
    }
  }

  private async recover(
    username: string,
    { namespace, pod: listed, uid }: FoundNamespace,
  ): Promise<Recovery> {
    const { kubernetes } = this.dependencies;
    const read = <T extends KubernetesObject>(kind: 'ConfigMap' | 'Pod' | 'ResourceQuota', name: string) =>
      ignoreNotFound(() => kubernetes.read<T>(coreReference(kind, { namespace, name })));
    const [pod, environment, quota] = await Promise.all([
      listed ?? read<V1Pod>('Pod', podName(username)),
      read<V1ConfigMap>('ConfigMap', environmentConfigMapName(username)),
      read<V1ResourceQuota>('ResourceQuota', podName(username)),
    ]);
    const context = { operationId: newOperationId(), since: new Date().toISOString() };
    const recovery = recoverLab(
      { username, namespace, pod, environment, quota },
      { ...context, sizes: this.config.lab.sizes },
    );
    if (recovery.kind !== 'whole' || !pod) return recovery;
    const proven = withProvenAddress(recovery.lab, this.dependencies.observer.observe(username, pod));
    // Without a spawn ID, only UIDs distinguish the objects from those of the user's next lab.
    const lab = proven.pod.spawnId === null ? { ...proven, namespaceUid: uid } : proven;
    return { kind: 'whole', lab };
  }

  /** Carries out a decision and returns it; null when there was nothing left to do. */
  private async carryOut(decision: Decision, uids: Listing['uids']): Promise<Decision | null> {
    try {
      const isDone = await this.act(decision, uids);
      if (isDone) this.tell(decision);
      return isDone ? decision : null;
    } catch (error) {
      this.throwIfOver();
      const namespace = decision.kind === 'tell' ? `lab of ${decision.username}` : decision.namespace;
      const problem = `${decision.kind} failed: ${errorMessage(error)}`;
      const report = { kind: 'report', namespace, problem } as const;
      this.tell(report);
      return report;
    }
  }

  private async act(decision: Decision, uids: Listing['uids']): Promise<boolean> {
    switch (decision.kind) {
      case 'adopt': {
        const lab = this.recovered.get(decision.namespace);
        // What was read may have changed while the process stood still.
        this.throwIfOver();
        return lab ? this.dependencies.register.adopt(lab) : false;
      }
      case 'remove': {
        const { namespace: name, username } = decision;
        // If a workflow was started meanwhile, only that may remove objects of the lab.
        if ((await this.dependencies.register.statusOf(username)) !== undefined) return false;
        const uid = uids.get(name) ?? '';
        const { kubernetes } = this.dependencies;
        const deleted = await orGone(() => kubernetes.remove(namespaceReference(name), { uid }));
        return deleted !== null && deleted !== 'replaced';
      }
      case 'tell':
        return this.dependencies.register.doubt(decision.username);
      case 'report':
        return true;
    }
  }

  /** Ends the pass when its attempt is cancelled, or may have been replaced by another one. */
  private throwIfOver(): void {
    this.signal.throwIfAborted();
    throwIfRequestsEnded();
  }

  private tell(decision: Decision): void {
    const { logger, onDecision } = this.dependencies;
    onDecision(decision.kind);
    logger[decision.kind === 'report' ? 'warn' : 'info']({ decision }, `reconciliation: ${decision.kind}`);
  }
}

/** Whether a pod may be a lab that is in use; a pod that has ended is not. */
function mayRun({ status }: V1Pod): boolean {
  return status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

function factsOf(namespace: V1Namespace): NamespaceFacts {
  const { metadata } = namespace;
  return {
    name: metadata?.name ?? '',
    username: userOf(namespace),
    ageMs: Date.now() - (instant(metadata?.creationTimestamp)?.getTime() ?? Date.now()),
    isTerminating: metadata?.deletionTimestamp !== undefined,
  };
}

function summarize(done: readonly Decision[]): ReconciliationSummary {
  const users = (kind: 'adopt' | 'remove' | 'tell') =>
    done.flatMap((decision) => (decision.kind === kind ? [decision.username] : []));
  return {
    adopted: users('adopt'),
    removed: users('remove'),
    told: users('tell'),
    reported: done.flatMap((decision) =>
      decision.kind === 'report' ? [{ namespace: decision.namespace, problem: decision.problem }] : [],
    ),
  };
}
