/** A lab namespace as Kubernetes has it. */
export interface NamespaceFact {
  readonly name: string;
  readonly username: string;
  readonly spawnId: string | null;
  readonly isDeleting: boolean;
}

/** A lab pod as Kubernetes has it. */
export interface PodFact {
  readonly name: string;
  readonly namespace: string;
  readonly username: string;
  readonly spawnId: string | null;
  readonly isRunning: boolean;
}

/** Another object of a lab, such as a config map, as Kubernetes has it. */
export interface ContentFact {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly username: string;
  readonly spawnId: string | null;
}

/** A namespace or pod whose deletion was seen although the end of its lab had not been ordered. */
export interface DeletedFact {
  readonly kind: 'namespace' | 'pod';
  readonly username: string;
  readonly spawnId: string | null;
}

/** An open lab workflow as Temporal has it; `status` as its record says, null when it shows no lab. */
export interface WorkflowFact {
  readonly username: string;
  readonly status: string | null;
}

/** What the API answers about one user's lab: null where it knows none. */
export interface ApiFact {
  readonly username: string;
  readonly status: string | null;
  readonly reason: string | null;
}

/** One viewer's event stream over all its connections. */
export interface StreamFact {
  readonly username: string;
  /** The IDs of all events, in the order of arrival. */
  readonly ids: readonly string[];
  /** The name of the event that ended it, null when it never ended. */
  readonly ending: string | null;
}

/** What three observers say about all labs at one moment, and what clients were promised. */
export interface Facts {
  /** Users whose create was answered with 201 and whose lab has not been ended since. */
  readonly accepted: readonly string[];
  readonly namespaces: readonly NamespaceFact[];
  readonly pods: readonly PodFact[];
  /** What labs' namespaces hold besides pods. */
  readonly contents: readonly ContentFact[];
  readonly workflows: readonly WorkflowFact[];
  /** At least of the accepted users and of those with a namespace. */
  readonly api: readonly ApiFact[];
  readonly streams: readonly StreamFact[];
  /** Users by the number of different namespaces and pods that were seen of their one lab. */
  readonly namespacesMade: ReadonlyMap<string, number>;
  readonly podsMade: ReadonlyMap<string, number>;
  /** Of labs that had not been ended when these deletions were seen. */
  readonly deleted: readonly DeletedFact[];
}

/**
 * What is wrong with a lab: `lost` when it was accepted and does not run, `orphaned` when something of it is
 * left that no workflow owns, `duplicated` when something was made twice, `untrue` when an observer disagrees with the others, `touched` when
 * a step has hit another lab than it was meant for: one whose spawn is over has deleted something of the present lab, or
 * made something in its namespace.
 */
export interface Violation {
  readonly kind: 'lost' | 'orphaned' | 'duplicated' | 'untrue' | 'touched';
  readonly username: string;
  readonly message: string;
}

const complaintOf =
  (kind: Violation['kind']) =>
  (username: string, message: string): Violation => ({ kind, username, message });

const lost = complaintOf('lost');
const orphaned = complaintOf('orphaned');
const duplicated = complaintOf('duplicated');
const untrue = complaintOf('untrue');
const touched = complaintOf('touched');

/** Compares the observers at rest: no complaint means that every accepted lab runs once and nothing else is left. */
export function violationsOf(facts: Facts): Violation[] {
  return [
    ...facts.accepted.flatMap((username) => lossOf(username, facts)),
    ...orphans(facts),
    ...duplicates(facts),
    ...untruths(facts),
    ...touches(facts),
  ];
}

function touches({ namespaces, pods, contents, deleted }: Facts): Violation[] {
  const inside = [...pods.map((pod) => ({ ...pod, kind: 'pod' })), ...contents];
  return [
    ...deleted.map(({ kind, username, spawnId }) =>
      touched(username, `the ${kind} of spawn ${spawnId} was deleted without an order`),
    ),
    ...inside.flatMap(({ kind, name, namespace, username, spawnId }) => {
      const home = namespaces.find((it) => it.name === namespace);
      return home && home.spawnId !== spawnId
        ? [touched(username, `${kind} ${name} of spawn ${spawnId} in a namespace of spawn ${home.spawnId}`)]
        : [];
    }),
  ];
}

function lossOf(username: string, { api, workflows, pods }: Facts): Violation[] {
  const lab = api.find((fact) => fact.username === username);
  const missing: Violation[] = [];
  if (lab?.status !== 'running') {
    missing.push(
      lost(username, `the API says ${lab?.status ?? 'unknown'}${lab?.reason ? `: ${lab.reason}` : ''}`),
    );
  }
  if (!workflows.some((workflow) => workflow.username === username))
    missing.push(lost(username, 'no open workflow'));
  if (!pods.some((pod) => pod.username === username && pod.isRunning))
    missing.push(lost(username, 'no running pod'));
  return missing;
}

function orphans({ namespaces, pods, workflows }: Facts): Violation[] {
  const kept = new Set(workflows.map(({ username }) => username));
  const housed = new Set(namespaces.map(({ username }) => username));
  const names = new Set(namespaces.map(({ name }) => name));
  return [
    ...namespaces
      .filter(({ username }) => !kept.has(username))
      .map(({ username, name }) => orphaned(username, `namespace ${name} without an open workflow`)),
    ...workflows
      .filter(({ username }) => !housed.has(username))
      .map(({ username }) => orphaned(username, 'an open workflow without a namespace')),
    ...pods
      .filter(({ namespace }) => !names.has(namespace))
      .map(({ username, name }) => orphaned(username, `pod ${name} outside any lab namespace`)),
  ];
}

function several(what: string, things: readonly { readonly username: string }[]): Violation[] {
  return [...Map.groupBy(things, ({ username }) => username)]
    .filter(([, ofUser]) => ofUser.length > 1)
    .map(([username, ofUser]) => duplicated(username, `${ofUser.length} ${what}`));
}

function remade(what: string, counts: ReadonlyMap<string, number>): Violation[] {
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([username, count]) => duplicated(username, `${count} ${what} were made`));
}

function duplicates({ namespaces, pods, workflows, namespacesMade, podsMade }: Facts): Violation[] {
  return [
    ...several('namespaces', namespaces),
    ...several('pods', pods),
    ...several('open workflows', workflows),
    ...remade('namespaces', namespacesMade),
    ...remade('pods', podsMade),
  ];
}

function untruths({ namespaces, pods, workflows, api, streams }: Facts): Violation[] {
  const running = new Set(pods.filter(({ isRunning }) => isRunning).map(({ username }) => username));
  const statuses = new Map(workflows.map(({ username, status }) => [username, status]));
  const deleting = new Set(namespaces.filter(({ isDeleting }) => isDeleting).map(({ username }) => username));
  return [
    ...api.flatMap(({ username, status }) => {
      const recorded = statuses.get(username) ?? null;
      if (status !== recorded) return [untrue(username, `the API says ${status}, its workflow ${recorded}`)];
      if (status !== 'running') return [];
      if (!running.has(username)) return [untrue(username, 'said to run, but no pod does')];
      return deleting.has(username)
        ? [untrue(username, 'said to run, but its namespace is being deleted')]
        : [];
    }),
    ...streams.flatMap((stream) => flawOf(stream).map((flaw) => untrue(stream.username, flaw))),
  ];
}

/** IDs of one operation count from 1 without gaps or repetitions, however often the viewer came back. */
function flawOf({ ids, ending }: StreamFact): string[] {
  const operations = new Set(ids.map((id) => id.slice(0, id.lastIndexOf('.'))));
  const isCounting = ids.every((id, index) => Number(id.slice(id.lastIndexOf('.') + 1)) === index + 1);
  return [
    ...(ending === null ? ['its event stream never ended'] : []),
    ...(operations.size > 1 ? [`its event stream told of ${operations.size} operations`] : []),
    ...(isCounting ? [] : [`its events came as ${ids.join(' ')}`]),
  ];
}
