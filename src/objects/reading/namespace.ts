import type { V1Namespace } from '@kubernetes/client-node';
import type { WaitObstacle } from '../../domain/obstacles';
import { sanitizedMessage } from '../../domain/sanitized-text';
import { instant, listOf, message, objectOf, text } from './fields';

/**
 * How long the removal of a namespace may take before its remaining content counts as an obstacle. The namespace
 * controller reports remaining content during every removal.
 */
const ORDINARY_MS = 30_000;

/** Conditions by which the content of a namespace is unknown: an API server has to be repaired or removed. */
const DISCOVERY: readonly string[] = [
  'NamespaceDeletionDiscoveryFailure',
  'NamespaceDeletionGroupVersionParsingFailure',
];

/** Finalizers of Kubernetes itself, which its controllers remove by themselves. */
const PASSING_FINALIZER = /^(?:[\w.-]{0,253}\.)?kubernetes\.io\/|^(?:foregroundDeletion|orphan)$/;

/** Precedes the list of finalizers in the condition's message. */
const FINALIZERS_BEGIN = 'finalizers remaining: ';

/** The end of each entry of that list: ` in 2 resource instances`. */
const INSTANCES = / in \d{1,9} resource instances?/;

const namespaceFields = objectOf({
  metadata: objectOf({ name: text, deletionTimestamp: instant, finalizers: listOf(text) }),
  status: objectOf({ conditions: listOf(objectOf({ type: text, status: text, reason: text, message })) }),
});

type NamespaceFields = NonNullable<ReturnType<typeof namespaceFields>>;

/**
 * What delays the removal of a namespace, from its metadata and the conditions of its status; null when it is not being
 * deleted, or nothing is known to delay it.
 */
export function namespaceObstacle(object: V1Namespace, nowMs: number): WaitObstacle | null {
  const namespace = namespaceFields(object) ?? {};
  const { name = '', deletionTimestamp } = namespace.metadata ?? {};
  if (!deletionTimestamp) return null;
  const unknown = conditionOf(namespace, DISCOVERY);
  if (unknown) {
    const advice = 'An operator has to bring their servers back, or remove their APIService objects.';
    return obstacle(`Namespace ${name} cannot go while APIs of the cluster are away: ${unknown}. ${advice}`);
  }
  const isLate = nowMs - deletionTimestamp.getTime() >= ORDINARY_MS;
  if (!isLate) return null;
  return finalizersLeft(namespace, name) ?? contentLeft(namespace, name) ?? unexplained(name);
}

function finalizersLeft(namespace: NamespaceFields, name: string): WaitObstacle | null {
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
  const own = (namespace.metadata?.finalizers ?? []).map((finalizer) => sanitizedMessage(finalizer) ?? '');
  if (own.length === 0 || conditionOf(namespace, ['NamespaceContentRemaining'])) return null;
  return obstacle(`Namespace ${name} is kept by its own finalizer ${own.slice(0, 5).join(', ')}. ${advice}`);
}

function contentLeft(namespace: NamespaceFields, name: string): WaitObstacle | null {
  const remains = conditionOf(namespace, ['NamespaceDeletionContentFailure', 'NamespaceContentRemaining']);
  if (!remains) return null;
  const advice = 'If that does not pass, an operator has to see what keeps it.';
  return obstacle(`Namespace ${name} still has content: ${remains}. ${advice}`, false);
}

function unexplained(name: string): WaitObstacle {
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

/** The message, or else the reason, of the first of these conditions that is true, without a full stop at its end. */
function conditionOf({ status }: NamespaceFields, types: readonly string[]): string | null {
  for (const type of types) {
    const condition = status?.conditions?.find((it) => it.type === type && it.status === 'True');
    const shown =
      condition && (sanitizedMessage(condition.message) ?? sanitizedMessage(condition.reason) ?? type);
    if (shown) return withoutFullStop(shown);
  }
  return null;
}

function withoutFullStop(sentence: string): string {
  return sentence.endsWith('.') ? sentence.slice(0, -1) : sentence;
}

function obstacle(message: string, isStuck = true): WaitObstacle {
  return { message, isNamespace: true, isStuck };
}
