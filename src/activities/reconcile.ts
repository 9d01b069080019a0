import type { V1Namespace } from '@kubernetes/client-node';
import { Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import type { Config } from '../config/config';
import { errorMessage } from '../domain/error-message';
import { environmentConfigMapName, podName } from '../domain/names';
import {
  type Decision,
  decide,
  type LabContent,
  type NamespaceFacts,
  type ReconciliationSummary,
  unaccountedOwner,
  type WorkflowFacts,
} from '../domain/reconciliation';
import type { RecoveredLab } from '../domain/recovered-lab';
import type { KubernetesClient } from '../kubernetes/client';
import { podOwner } from '../objects/lab/observation';
import { recoverLab, UnreadableLab } from '../objects/lab/recovery';
import { LAB_SELECTOR, userOf } from '../objects/labels';
import { newOperationId } from '../temporal/lab-start';
import { orNull } from './absence';
import { concurrently } from './concurrently';
import { withHeartbeat } from './heartbeat';
import type { LabRegister } from './lab-register';

/** What a pass works with. */
export interface ReconcileDependencies {
  /** The configuration in force; a pass takes it once. */
  readonly config: () => Pick<Config, 'lab' | 'timeouts'>;
  readonly kubernetes: KubernetesClient;
  readonly register: LabRegister;
  readonly logger: Logger;
  /** Told of every thing that was done or reported. */
  readonly onDecision: (kind: Decision['kind']) => void;
}

export type ReconcileActivities = ReturnType<typeof createReconcileActivities>;

/** The one activity of reconciliation. */
export function createReconcileActivities(dependencies: ReconcileDependencies) {
  return {
    /**
     * Compares the namespaces of labs with the open workflows and mends what differs. A namespace that makes
     * trouble is reported and hinders no other; without the lists there is no pass.
     */
    async reconcileLabs(): Promise<ReconciliationSummary> {
      const { cancellationSignal } = Context.current();
      return withHeartbeat(() => new Pass(dependencies, dependencies.config(), cancellationSignal).run());
    },
  };
}

/** What one pass has listed. */
interface Listing {
  readonly workflows: readonly WorkflowFacts[];
  readonly namespaces: readonly NamespaceFacts[];
  readonly uids: ReadonlyMap<string, string>;
  /** By namespace. */
  readonly podOwners: ReadonlyMap<string, string>;
}

class Pass {
  private readonly recovered = new Map<string, RecoveredLab>();

  constructor(
    private readonly dependencies: ReconcileDependencies,
    private readonly config: Pick<Config, 'lab' | 'timeouts'>,
    private readonly signal: AbortSignal,
  ) {}

  async run(): Promise<ReconciliationSummary> {
    const { lab, timeouts } = this.config;
    const rules = { namespacePrefix: lab.namespacePrefix, graceMs: timeouts.reconcileGraceMs };
    const { workflows, namespaces, uids, podOwners } = await this.list();
    const contents = new Map<string, LabContent>();
    await concurrently(namespaces, async (namespace) => {
      const owner = unaccountedOwner(namespace, workflows, rules);
      const content = owner === null ? null : await this.examine(owner, namespace.name);
      if (content) contents.set(namespace.name, content);
    });
    const decisions = decide({ workflows, namespaces, podOwners, contents }, rules);
    const done = await concurrently(decisions, (decision) => this.carryOut(decision, uids));
    return summarize(done.filter((decision) => decision !== null));
  }

  /** Workflows first: what one of them makes or removes meanwhile is then seen in the cluster's lists. */
  private async list(): Promise<Listing> {
    const { kubernetes } = this.dependencies;
    const workflows = await this.dependencies.register.list();
    const query = { labelSelector: LAB_SELECTOR };
    const { items: namespaces } = await kubernetes.core.listNamespace(query);
    const { items: pods } = await kubernetes.core.listPodForAllNamespaces(query);
    return {
      workflows,
      namespaces: namespaces.map(factsOf),
      uids: new Map(namespaces.map(({ metadata }) => [metadata?.name ?? '', metadata?.uid ?? ''])),
      podOwners: new Map(pods.map((pod) => [pod.metadata?.namespace ?? '', podOwner(pod) ?? ''])),
    };
  }

  /** Looks into a namespace; null when it has a workflow after all. */
  private async examine(username: string, namespace: string): Promise<LabContent | null> {
    try {
      if ((await this.dependencies.register.statusOf(username)) !== undefined) return null;
      const lab = await this.recover(username, namespace);
      if (!lab) return { kind: 'incomplete' };
      this.recovered.set(namespace, lab);
      return { kind: 'whole' };
    } catch (error) {
      this.signal.throwIfAborted();
      if (error instanceof UnreadableLab) return { kind: 'unreadable', problem: error.message };
      return { kind: 'unreadable', problem: `it could not be read: ${errorMessage(error)}` };
    }
  }

  private async recover(username: string, namespace: string): Promise<RecoveredLab | null> {
    const { core } = this.dependencies.kubernetes;
    const named = { namespace, name: podName(username) };
    const environmentName = { namespace, name: environmentConfigMapName(username) };
    const pod = await orNull(() => core.readNamespacedPod(named));
    const environment = await orNull(() => core.readNamespacedConfigMap(environmentName));
    const quota = await orNull(() => core.readNamespacedResourceQuota(named));
    const context = { operationId: newOperationId(), since: new Date().toISOString() };
    return recoverLab(
      { username, namespace, pod, environment, quota },
      { ...context, sizes: this.config.lab.sizes },
    );
  }

  /** Returns what was done; null when there was nothing left to do. */
  private async carryOut(decision: Decision, uids: Listing['uids']): Promise<Decision | null> {
    try {
      const isDone = await this.act(decision, uids);
      if (isDone) this.tell(decision);
      return isDone ? decision : null;
    } catch (error) {
      this.signal.throwIfAborted();
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
        return lab ? this.dependencies.register.adopt(lab) : false;
      }
      case 'remove': {
        const { namespace: name } = decision;
        const body = { preconditions: { uid: uids.get(name) } };
        const { core } = this.dependencies.kubernetes;
        return (await orNull(() => core.deleteNamespace({ name, body }))) !== null;
      }
      case 'tell':
        return this.dependencies.register.doubt(decision.username);
      case 'report':
        return true;
    }
  }

  private tell(decision: Decision): void {
    const { logger, onDecision } = this.dependencies;
    onDecision(decision.kind);
    logger[decision.kind === 'report' ? 'warn' : 'info']({ decision }, `reconciliation: ${decision.kind}`);
  }
}

function factsOf(namespace: V1Namespace): NamespaceFacts {
  const { metadata } = namespace;
  return {
    name: metadata?.name ?? '',
    username: userOf(namespace),
    ageMs: Date.now() - (metadata?.creationTimestamp?.getTime() ?? Date.now()),
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
