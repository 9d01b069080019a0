import { fileServerClaimName, fileServerName } from './file-server-key';

/** An object that is labelled as part of a file server. */
export interface LabelledObject {
  readonly kind: string;
  readonly name: string;
  /** From its labels. */
  readonly username: string | null;
}

/** What a pass has found of one user's file server, under the names that the username gives. */
export interface FoundFileServer {
  readonly username: string;
  /** Whether a running pod of its job is reached by requests; anything else is left of a file server. */
  readonly isServing: boolean;
  /** Whether all that there is of it is being deleted. */
  readonly isLeaving: boolean;
  /** Age of its newest object, in milliseconds. */
  readonly ageMs: number;
}

/** An open workflow of a file server. */
export interface FileServerWorkflow {
  readonly username: string;
  readonly isRunning: boolean;
  /** How long it has been in its phase, in milliseconds. */
  readonly ageMs: number;
}

/** One action on a difference between the cluster and the workflows; `tell` makes a file server read its objects. */
export type FileServerDecision =
  | { readonly kind: 'adopt' | 'remove' | 'tell'; readonly username: string }
  | { readonly kind: 'report'; readonly object: string; readonly problem: string };

/** What is younger is neither removed nor verified: its creation may be in progress. */
export interface GraceRule {
  readonly graceMs: number;
}

/**
 * Decides about the objects of the file server of a user without a workflow. One that serves is adopted at any age;
 * what does not serve is removed once it is older than the grace.
 */
export function judgeFileServer(
  { ageMs, isLeaving, isServing, username }: FoundFileServer,
  { graceMs }: GraceRule,
): Extract<FileServerDecision, { readonly username: string }> | null {
  if (isLeaving) return null;
  if (isServing) return { kind: 'adopt', username };
  return ageMs < graceMs ? null : { kind: 'remove', username };
}

/** Running file servers that should read their objects, since the lists have none of theirs that serves. */
export function fileServersToVerify(
  workflows: readonly FileServerWorkflow[],
  found: readonly FoundFileServer[],
  { graceMs }: GraceRule,
): { readonly kind: 'tell'; readonly username: string }[] {
  const serving = new Set(found.filter(({ isServing }) => isServing).map(({ username }) => username));
  return workflows
    .filter(({ ageMs, isRunning, username }) => isRunning && ageMs >= graceMs && !serving.has(username))
    .map(({ username }) => ({ kind: 'tell', username }));
}

/**
 * Why an object is of no file server of this controller although it is labelled as one; null when it is of one. The
 * username of its labels has to give its name, since everyone who may create objects in the namespace can label them.
 */
export function mismatchOf({ kind, name, username }: LabelledObject): string | null {
  if (username === null) return 'it is labelled as part of a file server, but with no user';
  if (kind === 'PersistentVolumeClaim') {
    const start = fileServerClaimName(username, '');
    return name.startsWith(start) ? null : `by its labels its name should begin with ${start}`;
  }
  const expected = fileServerName(username);
  return name === expected ? null : `by its labels its name should be ${expected}`;
}

/** More reports would be read by no one, and could be too long for the result of a pass. */
const MAX_REPORTS = 100;

/** The reports about labelled objects that are of no file server, of which the last counts those beyond the first 100. */
export function reportsOn(objects: readonly LabelledObject[]): FileServerDecision[] {
  const reports: FileServerDecision[] = [];
  for (const object of objects) {
    const problem = mismatchOf(object);
    if (problem !== null) reports.push({ kind: 'report', object: `${object.kind} ${object.name}`, problem });
  }
  const further = reports.length - MAX_REPORTS;
  if (further <= 0) return reports;
  const problem = 'their labels and names do not agree either';
  return [
    ...reports.slice(0, MAX_REPORTS),
    { kind: 'report', object: `${further} further objects`, problem },
  ];
}

/** The result of a pass: the usernames of file servers by action, and what was reported. */
export interface FileServerReconciliation {
  readonly adopted: readonly string[];
  readonly removed: readonly string[];
  readonly told: readonly string[];
  readonly reported: readonly { readonly object: string; readonly problem: string }[];
}

/** The result of a pass of which these decisions were carried out or reported. */
export function summaryOf(done: readonly FileServerDecision[]): FileServerReconciliation {
  const users = (kind: 'adopt' | 'remove' | 'tell') =>
    done.flatMap((decision) => (decision.kind === kind ? [decision.username] : []));
  return {
    adopted: users('adopt'),
    removed: users('remove'),
    told: users('tell'),
    reported: done.flatMap((decision) =>
      decision.kind === 'report' ? [{ object: decision.object, problem: decision.problem }] : [],
    ),
  };
}

function named(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what} (${names.length}): ${names.join(', ')}`];
}

/** The result of a pass for operators, one paragraph for each kind of action. */
export function describeReconciliation({
  adopted,
  removed,
  reported,
  told,
}: FileServerReconciliation): string {
  const paragraphs = [
    ...named('adopted', adopted),
    ...named('remains removed', removed),
    ...named('told to read their objects', told),
    ...reported.map(({ object, problem }) => `left alone: ${object}, ${problem}`),
  ];
  return paragraphs.length === 0 ? 'cluster and workflows agree' : paragraphs.join('\n\n');
}
