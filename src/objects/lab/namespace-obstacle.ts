import type { V1Namespace } from '@kubernetes/client-node';
import { clusterWords } from '../../domain/cluster-words';
import type { WaitObstacle } from '../../domain/obstacle';

/**
 * How long a namespace may take to go before what remains in it counts as an obstacle. The namespace controller
 * reports remaining content also while everything goes well.
 */
const ORDINARY_MS = 30_000;

/** As much of a condition's message is read; the rest could not be shown anyway. */
const MAX_READ = 1_000;

/** The cluster cannot say what the namespace holds: nothing but a repair of those APIs helps. */
const DISCOVERY: readonly string[] = [
  'NamespaceDeletionDiscoveryFailure',
  'NamespaceDeletionGroupVersionParsingFailure',
];

/** Finalizers of Kubernetes itself, whose controllers take them off as soon as they can. */
const PASSING_FINALIZER = /^(?:[\w.-]{0,253}\.)?kubernetes\.io\/|^(?:foregroundDeletion|orphan)$/;

/** Where the namespace controller begins its list of finalizers. */
const FINALIZERS_BEGIN = 'finalizers remaining: ';

/** The end of each entry of that list: ` in 2 resource instances`. */
const INSTANCES = / in \d{1,9} resource instances?/;

/**
 * What keeps a namespace that is being deleted, from its metadata and the conditions of its status; null when it is
 * not being deleted, or nothing is known to keep it.
 */
export function namespaceObstacle(namespace: V1Namespace, nowMs: number): WaitObstacle | null {
  const { name = '', deletionTimestamp } = namespace.metadata ?? {};
  if (!deletionTimestamp) return null;
  const unknown = conditionOf(namespace, DISCOVERY);
  if (unknown) {
    const advice = 'An operator has to bring their servers back, or remove their APIService objects.';
    return obstacle(`Namespace ${name} cannot go while APIs of the cluster are away: ${unknown}. ${advice}`);
  }
  const isLate = nowMs - new Date(deletionTimestamp).getTime() >= ORDINARY_MS;
  if (!isLate) return null;
  return finalizersLeft(namespace, name) ?? contentLeft(namespace, name) ?? nothingSaid(name);
}

function finalizersLeft(namespace: V1Namespace, name: string): WaitObstacle | null {
  const advice = 'An operator has to mend the controller that it belongs to, or remove it.';
  const inside = conditionOf(namespace, ['NamespaceFinalizersRemaining']);
  if (inside) {
    const content = conditionOf(namespace, ['NamespaceContentRemaining']);
    const remains = content ? ` (${content})` : '';
    const entries = finalizerEntries(inside);
    const what = entries.length > 0 ? `finalizer ${entries.join(', ')}` : inside;
    const isStuck = entries.some((entry) => !PASSING_FINALIZER.test(entry.split(' ', 1)[0] ?? ''));
    return obstacle(`Namespace ${name} is kept by ${what}${remains}. ${advice}`, isStuck);
  }
  const own = (namespace.metadata?.finalizers ?? []).map((finalizer) => bounded(finalizer) ?? '');
  if (own.length === 0 || conditionOf(namespace, ['NamespaceContentRemaining'])) return null;
  return obstacle(`Namespace ${name} is kept by its own finalizer ${own.slice(0, 5).join(', ')}. ${advice}`);
}

function contentLeft(namespace: V1Namespace, name: string): WaitObstacle | null {
  const remains = conditionOf(namespace, ['NamespaceDeletionContentFailure', 'NamespaceContentRemaining']);
  if (!remains) return null;
  const advice = 'If that does not pass, an operator has to see what keeps it.';
  return obstacle(`Namespace ${name} still has content: ${remains}. ${advice}`, false);
}

function nothingSaid(name: string): WaitObstacle {
  const advice = 'An operator has to see whether the namespace controller of the cluster runs.';
  return obstacle(`Namespace ${name} does not go, and the cluster does not say why. ${advice}`, false);
}

/** The entries of a list of finalizers, such as `example.com/hold in 1 resource instances`. */
function finalizerEntries(message: string): string[] {
  const begin = message.indexOf(FINALIZERS_BEGIN);
  if (begin === -1) return [];
  const entries = message.slice(begin + FINALIZERS_BEGIN.length).split(', ');
  return entries.filter((entry) => INSTANCES.test(entry)).slice(0, 5);
}

/** The words of the first of these conditions that holds, bounded, without the full stop at their end. */
function conditionOf({ status }: V1Namespace, types: readonly string[]): string | null {
  for (const type of types) {
    const condition = status?.conditions?.find((it) => it.type === type && it.status === 'True');
    if (condition) return withoutStop(bounded(condition.message) ?? condition.reason ?? type);
  }
  return null;
}

/** Cut before it is searched for what may not be shown, since nothing bounds it. */
function bounded(text: string | undefined): string | null {
  return clusterWords(text?.slice(0, MAX_READ));
}

function withoutStop(words: string): string {
  return words.endsWith('.') ? words.slice(0, -1) : words;
}

function obstacle(message: string, isStuck = true): WaitObstacle {
  return { message, isNamespace: true, isStuck };
}
