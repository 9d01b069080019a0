import type { LabStatus } from './lab';
import { namespaceName } from './names';

/** A namespace labelled as a lab. */
export interface NamespaceFacts {
  readonly name: string;
  /** The user it is labelled with. */
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
}

/** What a namespace without an open workflow turned out to hold. */
export type LabContent =
  | { readonly kind: 'whole' }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'unreadable'; readonly problem: string };

/** What one pass has found. */
export interface Facts {
  readonly namespaces: readonly NamespaceFacts[];
  readonly workflows: readonly WorkflowFacts[];
  /** Owners of lab pods, by namespace. */
  readonly podOwners: ReadonlyMap<string, string>;
  /** By namespace; those that were not looked into, or have a workflow after all, are missing. */
  readonly contents: ReadonlyMap<string, LabContent>;
}

export interface ReconciliationRules {
  readonly namespacePrefix: string;
  /** What is younger is left alone: it may be in the making, or lists may not show it yet. */
  readonly graceMs: number;
}

/** One thing to do about a difference between the cluster and the workflows. */
export type Decision =
  | { readonly kind: 'adopt' | 'remove'; readonly username: string; readonly namespace: string }
  | { readonly kind: 'tell'; readonly username: string }
  | { readonly kind: 'report'; readonly namespace: string; readonly problem: string };

/**
 * The user whose lab a namespace can be: old enough, not on its way out, named and labelled alike, and
 * without a workflow among those listed. Null for every other namespace.
 */
export function unaccountedOwner(
  namespace: NamespaceFacts,
  workflows: readonly WorkflowFacts[],
  rules: ReconciliationRules,
): string | null {
  const { username, ageMs, isTerminating } = namespace;
  if (isTerminating || ageMs < rules.graceMs) return null;
  if (mismatchOf(namespace, workflows, rules) !== null) return null;
  return workflows.some((workflow) => workflow.username === username) ? null : username;
}

/** Decides what to do. Nothing that cannot be read, or is not certainly a lab of ours, is ever removed. */
export function decide(facts: Facts, rules: ReconciliationRules): Decision[] {
  return [
    ...facts.namespaces.flatMap((namespace) => judgeNamespace(namespace, facts, rules)),
    ...facts.workflows
      .filter(({ status, ageMs }) => status === 'running' && ageMs >= rules.graceMs)
      .filter(({ username, namespace }) => facts.podOwners.get(namespace) !== username)
      .map(({ username }) => ({ kind: 'tell', username }) as const),
  ];
}

function judgeNamespace(facts: NamespaceFacts, found: Facts, rules: ReconciliationRules): Decision[] {
  const { name: namespace, isTerminating } = facts;
  if (isTerminating) return [];
  const mismatch = mismatchOf(facts, found.workflows, rules);
  if (mismatch !== null) return [{ kind: 'report', namespace, problem: mismatch }];
  const username = unaccountedOwner(facts, found.workflows, rules);
  const content = found.contents.get(namespace);
  if (username === null || !content) return [];
  switch (content.kind) {
    case 'whole':
      return [{ kind: 'adopt', username, namespace }];
    case 'incomplete':
      return [{ kind: 'remove', username, namespace }];
    case 'unreadable':
      return [{ kind: 'report', namespace, problem: content.problem }];
  }
}

/**
 * Why a namespace is no lab of this controller although it is labelled as one; null when it is. A lab that was
 * accepted under another prefix keeps its namespace.
 */
function mismatchOf(
  { name, username }: NamespaceFacts,
  workflows: readonly WorkflowFacts[],
  rules: ReconciliationRules,
): string | null {
  if (!username) return 'it is labelled as a lab, but with no user';
  if (workflows.some((workflow) => workflow.username === username && workflow.namespace === name))
    return null;
  const expected = namespaceName(rules.namespacePrefix, username);
  return name === expected ? null : `by its labels its name should be ${expected}`;
}

/** What a pass has done; usernames, except for what is reported. */
export interface ReconciliationSummary {
  readonly adopted: readonly string[];
  readonly removed: readonly string[];
  readonly told: readonly string[];
  readonly reported: readonly { readonly namespace: string; readonly problem: string }[];
}

function named(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what} (${names.length}): ${names.join(', ')}`];
}

/** A pass in sentences for operators, one for each thing that was done. */
export function describeSummary({ adopted, removed, told, reported }: ReconciliationSummary): string {
  const lines = [
    ...named('adopted', adopted),
    ...named('orphans removed', removed),
    ...named('told to look at their pod', told),
    ...reported.map(({ namespace, problem }) => `left alone: ${namespace}, ${problem}`),
  ];
  return lines.length === 0 ? 'cluster and workflows agree' : lines.join('\n\n');
}
