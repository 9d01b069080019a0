import type { V1ConfigMap, V1Pod, V1ResourceQuota } from '@kubernetes/client-node';
import type { LabRecord, RecoveredLab } from '../../domain/lab';
import { labUrl } from '../../domain/lab-address';
import { EXITED, failedEnding, type LabEnd } from '../../domain/lab-end';
import type { LabKey } from '../../domain/lab-key';
import type { LabSize } from '../../domain/lab-plan';
import { LAB_CONTAINER_NAME } from '../../domain/names';
import type { PodObservation } from '../../domain/pod';
import { judgeRun } from '../../domain/pod-verdict';
import { bytesText, cpuText, type LabResources, type ResourceAmount } from '../../domain/resources';
import { sanitizedMessage } from '../../domain/sanitized-text';
import { text as textUpTo } from '../../domain/shapes';
import type { Group } from '../../domain/user';
import { HUB_TOKEN_DIGEST_ANNOTATION, USER_GROUPS_ANNOTATION, USER_NAME_ANNOTATION } from '../labels';
import { count, instant, listOf, MAX_ANNOTATION, named, objectOf, text } from './fields';
import { observePod } from './pod';

const QUANTITY = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

const MULTIPLIERS: Readonly<Record<string, number>> = {
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Divided by rather than multiplied with, so that `700m` is 0.7 and not 0.7000000000000001. */
const DIVISORS: Readonly<Record<string, number>> = { m: 1e3, u: 1e6, n: 1e9 };

/** The number that a Kubernetes quantity stands for: cores, bytes or a count. Null for a text that is no quantity. */
export function parseQuantity(quantity: string): number | null {
  const match = QUANTITY.exec(quantity);
  if (!match) return null;
  const [, digits = '', exponent = '', suffix = ''] = match;
  const number = (Number(digits + exponent) * (MULTIPLIERS[suffix] ?? 1)) / (DIVISORS[suffix] ?? 1);
  return Number.isFinite(number) ? number : null;
}

/** What was found of a lab; null for what does not exist. */
export interface FoundLab {
  readonly username: LabKey;
  readonly namespace: string;
  readonly pod: V1Pod | null;
  /** The ConfigMap of its environment variables. */
  readonly environment: V1ConfigMap | null;
  readonly quota: V1ResourceQuota | null;
}

/** What the objects do not contain. */
export interface RecoveryContext {
  /** The operation that the recovered record begins with. */
  readonly operationId: string;
  /** RFC 3339 instant that the recovered status counts from. */
  readonly since: string;
  /** The configured sizes. */
  readonly sizes: readonly { readonly size: LabSize; readonly resources: LabResources }[];
}

/** The result of a recovery; `problem` says which object lacks what a controller writes there. */
export type Recovery =
  | { readonly kind: 'whole'; readonly lab: RecoveredLab }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'unreadable'; readonly problem: string };

/** An object lacks what a controller writes there. Not thrown beyond this file. */
class UnreadableLab extends Error {
  override readonly name = 'UnreadableLab';
}

type State = Pick<LabRecord, 'status' | 'internalUrl' | 'failure'>;

const podFields = objectOf({
  metadata: objectOf({
    creationTimestamp: instant,
    annotations: objectOf({
      [USER_NAME_ANNOTATION]: text,
      [USER_GROUPS_ANNOTATION]: textUpTo(MAX_ANNOTATION),
      [HUB_TOKEN_DIGEST_ANNOTATION]: text,
    }),
  }),
  spec: objectOf({
    containers: listOf(named({ securityContext: objectOf({ runAsUser: count, runAsGroup: count }) })),
  }),
});

type PodFields = NonNullable<ReturnType<typeof podFields>>;

const VARIABLES = [
  'CPU_LIMIT',
  'MEM_LIMIT',
  'CPU_GUARANTEE',
  'MEM_GUARANTEE',
  'JUPYTER_IMAGE_SPEC',
  'JUPYTERHUB_SERVICE_PREFIX',
] as const;

type Variable = (typeof VARIABLES)[number];

const variables = Object.fromEntries(VARIABLES.map((name) => [name, text])) as Record<Variable, typeof text>;

const environmentFields = objectOf({
  data: objectOf({ ...variables, DEBUG: text, RESET_USER_ENV: text }),
});

type Variables = NonNullable<NonNullable<ReturnType<typeof environmentFields>>['data']>;

const quotaFields = objectOf({
  spec: objectOf({ hard: objectOf({ 'limits.cpu': text, 'limits.memory': text }) }),
});

/**
 * Rebuilds a lab from its objects, also one that the reference controller has made. It is incomplete when its pod or
 * its variables do not exist; an object that does exist has to be readable nevertheless.
 */
export function recoverLab(found: FoundLab, context: RecoveryContext): Recovery {
  try {
    const lab = recovered(found, context);
    return lab ? { kind: 'whole', lab } : { kind: 'incomplete' };
  } catch (error) {
    if (error instanceof UnreadableLab) return { kind: 'unreadable', problem: error.message };
    throw error;
  }
}

function recovered(found: FoundLab, { operationId, since, sizes }: RecoveryContext): RecoveredLab | null {
  const { username, namespace } = found;
  const fields = found.pod && (podFields(found.pod) ?? {});
  const user = fields && { username, ...posixUserOf(fields) };
  const settings = found.environment && settingsOf(environmentFields(found.environment)?.data ?? {}, sizes);
  const quota = found.quota && quotaOf(found.quota);
  if (!found.pod || !user || !settings) return null;
  const pod = observePod(found.pod);
  const { prefix, ...facts } = settings;
  const environment = { JUPYTERHUB_SERVICE_PREFIX: prefix };
  const operation = { id: operationId, kind: 'spawn', isAdopted: true } as const;
  const hubTokenDigest = fields?.metadata?.annotations?.[HUB_TOKEN_DIGEST_ANNOTATION];
  const reporting = hubTokenDigest === undefined ? {} : { hubTokenDigest };
  const state = stateOf(pod, environment);
  const startedAt = fields?.metadata?.creationTimestamp?.toISOString() ?? null;
  const end = endOf(state, since);
  const life = { ...state, operation, since, startedAt, end };
  const record = { user, ...facts, namespace, quota, ...life, ...reporting };
  return { record, pod, environment };
}

function stateOf(pod: PodObservation, environment: Parameters<typeof labUrl>[1]): State {
  const end = judgeRun(pod);
  if (end) return { status: end.failure ? 'failed' : 'terminated', internalUrl: null, failure: end.failure };
  return hasStarted(pod) && pod.podIp !== null
    ? { status: 'running', internalUrl: labUrl(pod.podIp, environment), failure: null }
    : { status: 'pending', internalUrl: null, failure: null };
}

/** Whether the lab's container runs, ready or not, or has run and is being started again. */
function hasStarted({ lab, phase }: PodObservation): boolean {
  return lab ? lab.state === 'running' || lab.state === 'down' : phase === 'Running';
}

/** The end was not observed; the time of the recovery stands for it. */
function endOf({ failure, status }: State, at: string): LabEnd | null {
  if (failure) return { ...failedEnding(failure), at };
  return status === 'terminated' ? { ...EXITED, at } : null;
}

function posixUserOf({ metadata, spec }: PodFields): Omit<LabRecord['user'], 'username'> {
  const annotations = metadata?.annotations ?? {};
  const container = spec?.containers?.find(({ name }) => name === LAB_CONTAINER_NAME);
  if (!container) throw new UnreadableLab(`its pod has no container ${LAB_CONTAINER_NAME}`);
  const { runAsUser, runAsGroup } = container.securityContext ?? {};
  return {
    name: annotations[USER_NAME_ANNOTATION] ?? null,
    uid: runAsUser ?? missing('its pod', 'runAsUser'),
    gid: runAsGroup ?? missing('its pod', 'runAsGroup'),
    groups: groupsOf(annotations[USER_GROUPS_ANNOTATION]),
  };
}

/** @throws UnreadableLab always. */
function missing(object: string, field: string): never {
  throw new UnreadableLab(`${object} has no ${field}`);
}

function groupsOf(annotation: string | undefined): readonly Group[] {
  try {
    const groups: unknown = JSON.parse(annotation ?? '');
    if (Array.isArray(groups) && groups.every(isGroup)) {
      return groups.map(({ name, id }) => ({ name, id }));
    }
  } catch {
    // Reported below.
  }
  throw new UnreadableLab(`its pod has no readable annotation ${USER_GROUPS_ANNOTATION}`);
}

function isGroup(value: unknown): value is Group {
  const { name, id } = (value ?? {}) as Partial<Record<keyof Group, unknown>>;
  return typeof name === 'string' && count(id) !== undefined;
}

function settingsOf(variables: Variables, sizes: RecoveryContext['sizes']) {
  const value = (name: Variable): string => variables[name] || missing('its environment', name);
  const number = (name: Variable) => quantity(value(name), `its environment's ${name}`);
  const resources = {
    limits: { cpu: number('CPU_LIMIT'), memory: number('MEM_LIMIT') },
    requests: { cpu: number('CPU_GUARANTEE'), memory: number('MEM_GUARANTEE') },
  };
  const options = {
    image: value('JUPYTER_IMAGE_SPEC'),
    size: sizes.find((configured) => isSame(configured.resources, resources))?.size ?? 'custom',
    enableDebug: variables.DEBUG === 'TRUE',
    resetUserEnv: variables.RESET_USER_ENV === 'TRUE',
  } as const;
  const prefix = value('JUPYTERHUB_SERVICE_PREFIX');
  if (!prefix.startsWith('/'))
    throw new UnreadableLab("its environment's JUPYTERHUB_SERVICE_PREFIX is no path");
  return { options, resources, prefix };
}

const isSame = (a: LabResources, b: LabResources): boolean =>
  isSameAmount(a.limits, b.limits) && isSameAmount(a.requests, b.requests);

/** Objects hold thousandths of cores and whole bytes; a configured size may be finer. */
const isSameAmount = (a: ResourceAmount, b: ResourceAmount): boolean =>
  cpuText(a.cpu) === cpuText(b.cpu) && bytesText(a.memory) === bytesText(b.memory);

function quotaOf(object: V1ResourceQuota): ResourceAmount {
  const hard = quotaFields(object)?.spec?.hard ?? {};
  const amount = (name: keyof typeof hard) => quantity(hard[name] ?? '', `its quota's ${name}`);
  return { cpu: amount('limits.cpu'), memory: amount('limits.memory') };
}

function quantity(amount: string, what: string): number {
  const number = parseQuantity(amount);
  if (number !== null && number >= 0) return number;
  throw new UnreadableLab(`${what} is no quantity: "${sanitizedMessage(amount) ?? ''}"`);
}
