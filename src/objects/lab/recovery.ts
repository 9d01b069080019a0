import type { V1ConfigMap, V1Container, V1Pod, V1ResourceQuota } from '@kubernetes/client-node';
import { bytesText, cpuText } from '../../domain/amounts';
import type { LabRecord } from '../../domain/lab';
import { EXITED, failedEnding, type LabEnd } from '../../domain/lab-end';
import type { LabSize } from '../../domain/lab-options';
import { labUrl } from '../../domain/lab-url';
import { LAB_CONTAINER_NAME } from '../../domain/names';
import type { PodObservation } from '../../domain/pod';
import { judgeRun } from '../../domain/pod-verdict';
import type { RecoveredLab } from '../../domain/recovered-lab';
import type { LabResources, ResourceAmount } from '../../domain/resources';
import type { Group } from '../../domain/user';
import { HUB_TOKEN_DIGEST_ANNOTATION, USER_GROUPS_ANNOTATION, USER_NAME_ANNOTATION } from '../labels';
import { parseQuantity } from '../quantities';
import { observePod } from './observation';

/** What was found of a lab; null for what does not exist. */
export interface FoundLab {
  readonly username: string;
  readonly namespace: string;
  readonly pod: V1Pod | null;
  /** The ConfigMap of its environment variables. */
  readonly environment: V1ConfigMap | null;
  readonly quota: V1ResourceQuota | null;
}

/** What the objects do not tell. */
export interface RecoveryContext {
  /** The operation that the recovered record begins with. */
  readonly operationId: string;
  /** RFC 3339 instant that the recovered status counts from. */
  readonly since: string;
  /** The configured sizes. */
  readonly sizes: readonly { readonly size: LabSize; readonly resources: LabResources }[];
}

/** A lab's object that does not hold what a controller wrote there; the message says which and what. */
export class UnreadableLab extends Error {
  override readonly name = 'UnreadableLab';
}

type Variables = Readonly<Record<string, string>>;
type State = Pick<LabRecord, 'status' | 'internalUrl' | 'failure'>;

/**
 * Rebuilds a lab from its objects, also one that the reference controller has made. Null when its pod or its
 * variables do not exist; what does exist is read nevertheless.
 *
 * @throws UnreadableLab when an object is there and cannot be understood.
 */
export function recoverLab(found: FoundLab, context: RecoveryContext): RecoveredLab | null {
  const { username, namespace } = found;
  const user = found.pod && { username, ...userOf(found.pod) };
  const settings = found.environment && settingsOf(found.environment.data ?? {}, context.sizes);
  const quota = found.quota && quotaOf(found.quota);
  if (!found.pod || !user || !settings) return null;
  const pod = observePod(found.pod);
  const { prefix, ...facts } = settings;
  const environment = { JUPYTERHUB_SERVICE_PREFIX: prefix };
  const operation = { id: context.operationId, kind: 'spawn', isAdopted: true } as const;
  const { since } = context;
  const hubTokenDigest = found.pod.metadata?.annotations?.[HUB_TOKEN_DIGEST_ANNOTATION];
  const reporting = hubTokenDigest === undefined ? {} : { hubTokenDigest };
  const state = stateOf(pod, environment);
  const startedAt = found.pod.metadata?.creationTimestamp?.toISOString() ?? null;
  const end = endOf(state, since);
  const life = { ...state, operation, since, startedAt, end };
  const record = { user, ...facts, namespace, quota, ...life, ...reporting };
  return { record, pod, environment };
}

function stateOf(pod: PodObservation, environment: Variables): State {
  const end = judgeRun(pod);
  if (end) return { status: end.failure ? 'failed' : 'terminated', internalUrl: null, failure: end.failure };
  return hasStarted(pod) && pod.podIp !== null
    ? { status: 'running', internalUrl: labUrl(pod.podIp, environment), failure: null }
    : { status: 'pending', internalUrl: null, failure: null };
}

/** Whether the lab's container runs, ready or not, or has run and is started again. */
function hasStarted({ lab, phase }: PodObservation): boolean {
  return lab ? lab.state === 'running' || lab.state === 'down' : phase === 'Running';
}

/** Nobody saw the end; it is known by the time of the recovery. */
function endOf({ failure, status }: State, at: string): LabEnd | null {
  if (failure) return { ...failedEnding(failure), at };
  return status === 'terminated' ? { ...EXITED, at } : null;
}

function userOf(pod: V1Pod): Omit<LabRecord['user'], 'username'> {
  const annotations = pod.metadata?.annotations ?? {};
  const container = pod.spec?.containers.find(({ name }) => name === LAB_CONTAINER_NAME);
  if (!container) throw new UnreadableLab(`its pod has no container ${LAB_CONTAINER_NAME}`);
  return {
    name: annotations[USER_NAME_ANNOTATION] ?? null,
    uid: identifier(container, 'runAsUser'),
    gid: identifier(container, 'runAsGroup'),
    groups: groupsOf(annotations[USER_GROUPS_ANNOTATION]),
  };
}

function identifier({ securityContext }: V1Container, field: 'runAsUser' | 'runAsGroup'): number {
  const id = securityContext?.[field];
  if (id === undefined) throw new UnreadableLab(`its pod has no ${field}`);
  return id;
}

function groupsOf(text: string | undefined): readonly Group[] {
  try {
    const groups: unknown = JSON.parse(text ?? '');
    if (Array.isArray(groups) && groups.every(isGroup)) {
      return groups.map(({ name, id }) => ({ name, id }));
    }
  } catch {
    // Told below.
  }
  throw new UnreadableLab(`its pod has no readable annotation ${USER_GROUPS_ANNOTATION}`);
}

function isGroup(value: unknown): value is Group {
  const { name, id } = (value ?? {}) as Partial<Record<keyof Group, unknown>>;
  return typeof name === 'string' && Number.isInteger(id);
}

function settingsOf(variables: Variables, sizes: RecoveryContext['sizes']) {
  const value = (name: string): string => {
    const text = variables[name];
    if (!text) throw new UnreadableLab(`its environment has no ${name}`);
    return text;
  };
  const number = (name: string) => quantity(value(name), `its environment's ${name}`);
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
  return { options, resources, prefix: value('JUPYTERHUB_SERVICE_PREFIX') };
}

const isSame = (a: LabResources, b: LabResources): boolean =>
  isSameAmount(a.limits, b.limits) && isSameAmount(a.requests, b.requests);

/** Objects hold thousandths of cores and whole bytes; a configured size may be finer. */
const isSameAmount = (a: ResourceAmount, b: ResourceAmount): boolean =>
  cpuText(a.cpu) === cpuText(b.cpu) && bytesText(a.memory) === bytesText(b.memory);

function quotaOf({ spec }: V1ResourceQuota): ResourceAmount {
  const amount = (name: string) => quantity(spec?.hard?.[name] ?? '', `its quota's ${name}`);
  return { cpu: amount('limits.cpu'), memory: amount('limits.memory') };
}

function quantity(text: string, what: string): number {
  try {
    return parseQuantity(text);
  } catch {
    throw new UnreadableLab(`${what} is no quantity: "${text}"`);
  }
}
