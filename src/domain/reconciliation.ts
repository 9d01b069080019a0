import type { LabStatus } from './lab';
import { namespaceName } from './lab-key';

/** A namespace labelled as a lab. */
export interface NamespaceFacts {
  readonly name: string;
  /** From its labels. */
  readonly username: string | null;
  readonly ageMs: number;
  readonly isTerminating: boolean;
}

/** An open lab workflow. */
export interface WorkflowFacts {
  readonly username: string;
  readonly namespace: string;
  readonly status: LabStatus | null;
  /** How long it has been in this status. */
  readonly ageMs: number;
  /** Whether it has published an address with a proof by the newest key; callers see no URL without a proof. */
  readonly isReachable: boolean;
}

/** What a namespace without an open workflow contains. */
export type LabContent =
  | { readonly kind: 'whole' }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'unreadable'; readonly problem: string };

export interface ReconciliationRules {
  readonly namespacePrefix: string;
  /** What is younger is neither removed nor verified: its creation may be in progress. */
  readonly graceMs: number;
}

/** One action on a difference between the cluster and the workflows; `tell` makes a lab read its pod. */
export type Decision =
  | { readonly kind: 'adopt' | 'remove'; readonly username: string; readonly namespace: string }
  | { readonly kind: 'tell'; readonly username: string }
  | { readonly kind: 'report'; readonly namespace: string; readonly problem: string };

/** What to do about a namespace: nothing, a decision, or to examine its content as that of this user's lab. */
export type NamespaceVerdict = Decision | { readonly kind: 'examine'; readonly username: string } | null;

/** Decides about a namespace by its labels and the listed workflows. */
export function judgeNamespace(
  facts: NamespaceFacts,
  workflows: readonly WorkflowFacts[],
  rules: ReconciliationRules,
): NamespaceVerdict {
  const { name: namespace, username, isTerminating } = facts;
  if (isTerminating) return null;
  const mismatch = mismatchOf(facts, workflows, rules);
  if (mismatch !== null || !username) return { kind: 'report', namespace, problem: mismatch ?? NO_USER };
  return { kind: 'examine', username };
}

/**
 * Decides about the namespace of a user without a workflow by its content. A whole lab is adopted at any age. A
 * namespace that is young or cannot be read is never removed.
 */
export function judgeContent(
  { ageMs, name: namespace }: NamespaceFacts,
  username: string,
  content: LabContent,
  { graceMs }: ReconciliationRules,
): Decision | null {
  switch (content.kind) {
    case 'whole':
      return { kind: 'adopt', username, namespace };
    case 'incomplete':
      return ageMs < graceMs ? null : { kind: 'remove', username, namespace };
    case 'unreadable':
      return { kind: 'report', namespace, problem: content.problem };
  }
}

/**
 * Running labs that should read their pod: their namespace has no pod of theirs by `podUsernames`, or their address needs
 * a proof by the newest key.
 */
export function labsToVerify(
  workflows: readonly WorkflowFacts[],
  podUsernames: ReadonlyMap<string, string>,
  { graceMs }: ReconciliationRules,
): Decision[] {
  return workflows
    .filter(({ status }) => status === 'running')
    .filter(
      ({ ageMs, isReachable, namespace, username }) =>
        !isReachable || (ageMs >= graceMs && podUsernames.get(namespace) !== username),
    )
    .map(({ username }) => ({ kind: 'tell', username }));
}

const NO_USER = 'it is labelled as a lab, but with no user';

/**
 * Why a namespace is no lab of this controller although it is labelled as one; null when it is one. A lab that was
 * accepted under another prefix keeps its namespace.
 */
function mismatchOf(
  { name, username }: NamespaceFacts,
  workflows: readonly WorkflowFacts[],
  rules: ReconciliationRules,
): string | null {
  if (!username) return NO_USER;
  const expected = namespaceName(rules.namespacePrefix, username);
  if (name === expected) return null;
  // Only now, since it is a search through all workflows.
  const isOwned = workflows.some((workflow) => workflow.username === username && workflow.namespace === name);
  return isOwned ? null : `by its labels its name should be ${expected}`;
}

/** The result of a pass: the usernames of labs by action, and what was reported. */
export interface ReconciliationSummary {
  readonly adopted: readonly string[];
  readonly removed: readonly string[];
  readonly told: readonly string[];
  readonly reported: readonly { readonly namespace: string; readonly problem: string }[];
}

function named(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what} (${names.length}): ${names.join(', ')}`];
}

/** The result of a pass for operators, one line for each kind of action. */
export function describeSummary({ adopted, removed, told, reported }: ReconciliationSummary): string {
  const lines = [
    ...named('adopted', adopted),
    ...named('orphans removed', removed),
    ...named('told to look at their pod', told),
    ...reported.map(({ namespace, problem }) => `left alone: ${namespace}, ${problem}`),
  ];
  return lines.length === 0 ? 'cluster and workflows agree' : lines.join('\n\n');
}
