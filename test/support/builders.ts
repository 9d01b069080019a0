import type { AddressProof } from '../../src/domain/lab-address';
import type { LabPlan } from '../../src/domain/lab-plan';
import type { PodEvent, PodObservation, PodPhase } from '../../src/domain/pod';
import type { LabTimeouts, SpawnRequest } from '../../src/workflows/lab/messages';

const GIB = 1024 ** 3;

/** When everything happens in tests that give no other instant. */
export const AN_INSTANT = '2077-10-23T09:47:00.000Z';

/** Nothing, sealed with no key. */
const SEALED = { keyId: 'test', iv: '', ciphertext: '', tag: '' };

/** What a small lab of this user is built from. */
export function aPlan(username = 'rachel', changes: Partial<LabPlan> = {}): LabPlan {
  return {
    user: {
      username,
      name: 'Rachel Ruderman',
      uid: 1101,
      gid: 1101,
      groups: [{ name: username, id: 1101 }],
      quota: null,
    },
    image: {
      reference: 'registry.test/sketchbook:w_2077_44@sha256:1234',
      name: 'Weekly 2077_44',
      digest: 'sha256:1234',
    },
    size: 'small',
    resources: {
      limits: { cpu: 1, memory: 4 * GIB },
      requests: { cpu: 0.25, memory: GIB },
    },
    quota: null,
    enableDebug: false,
    resetUserEnv: false,
    environment: { JUPYTERHUB_SERVICE_PREFIX: `/nb/user/${username}/` },
    namespace: `lab-${username}`,
    configuration: { id: 'test', source: SEALED },
    acceptedAt: AN_INSTANT,
    secrets: SEALED,
    ...changes,
  };
}

/** Deadlines that no test reaches, and checks too rare to take part; tests shorten what they are about. */
export function timeouts(changes: Partial<LabTimeouts> = {}): LabTimeouts {
  return {
    spawnMs: 60_000,
    deleteMs: 60_000,
    kubernetesRequestMs: 10_000,
    kubernetesRetryMs: 15_000,
    finalCheckMs: 2_000,
    spawnCheckMs: 60_000,
    runCheckMs: 600_000,
    deleteCheckMs: 60_000,
    failedRetentionMs: 600_000,
    terminatedRetentionMs: 600_000,
    stopGraceMs: 1_000,
    imagePullPatienceMs: 60_000,
    unschedulablePatienceMs: 60_000,
    startRetryPatienceMs: 60_000,
    restartPatienceMs: 600_000,
    lostNodePatienceMs: 60_000,
    stuckNamespacePatienceMs: 60_000,
    hubRequestMs: null,
    ...changes,
  };
}

let operations = 0;

/** An accepted wish for a lab; every one has its own operation. */
export function aSpawnRequest(username = 'rachel', changes: Partial<LabTimeouts> = {}): SpawnRequest {
  operations += 1;
  return { operationId: `spawn-${operations}`, plan: aPlan(username), timeouts: timeouts(changes) };
}

/** The proof of an address, as fake activities take it. */
export const aProof = (podIp: string): AddressProof => ({ test: `${podIp} was read` });

const NO_TROUBLE = {
  reason: null,
  message: null,
  container: null,
  image: null,
  exitCode: null,
  isRetried: undefined,
  isSidecar: undefined,
} as const;

/** The image of containers that are in trouble. */
export const AN_IMAGE = 'registry.test/sketchbook:w_2077_44';

/** A pod observation that reads as a sentence; each step is a newer state of the same pod. */
export class PodBuilder implements PodObservation {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly spawnId: string | null;
  readonly phase: PodPhase;
  readonly podIp: string | null;
  readonly addressProof?: AddressProof;
  readonly isLabRunning: boolean;
  readonly isDeleting: boolean;
  readonly reason: string | null;
  readonly message: string | null;
  readonly container: string | null;
  readonly image: string | null;
  readonly exitCode: number | null;
  readonly lab?: PodObservation['lab'];
  readonly isRetried?: boolean;
  readonly isSidecar?: boolean;
  readonly lostNode?: string;
  readonly finalizers?: readonly string[];

  constructor(fields: PodObservation) {
    this.uid = fields.uid;
    this.resourceVersion = fields.resourceVersion;
    this.spawnId = fields.spawnId;
    this.phase = fields.phase;
    this.podIp = fields.podIp;
    if (fields.addressProof) this.addressProof = fields.addressProof;
    this.isLabRunning = fields.isLabRunning;
    this.isDeleting = fields.isDeleting;
    this.reason = fields.reason;
    this.message = fields.message;
    this.container = fields.container;
    this.image = fields.image;
    this.exitCode = fields.exitCode;
    this.lab = fields.lab;
    this.isRetried = fields.isRetried;
    this.isSidecar = fields.isSidecar;
    if (fields.lostNode !== undefined) this.lostNode = fields.lostNode;
    if (fields.finalizers) this.finalizers = fields.finalizers;
  }

  running(podIp: string | null = '10.0.0.1'): PodBuilder {
    const lab = { state: 'running', restarts: this.lab?.restarts ?? 0 } as const;
    const proof = podIp === null ? {} : { addressProof: aProof(podIp) };
    return this.next({ ...NO_TROUBLE, ...proof, phase: 'Running', podIp, isLabRunning: true, lab });
  }

  /** As reported by a signal that proves nothing. */
  unproven(): PodBuilder {
    const { addressProof: _, ...fields } = this;
    return new PodBuilder(fields);
  }

  /** Not started, for a reason of one of its containers. */
  waiting(reason: string, message: string | null = null, container = 'notebook'): PodBuilder {
    return this.next({ ...NO_TROUBLE, phase: 'Pending', reason, message, container, image: AN_IMAGE });
  }

  /** Coming along, with nothing in its way. */
  starting(phase: PodPhase = 'Pending', podIp: string | null = null): PodBuilder {
    return this.next({ ...NO_TROUBLE, phase, podIp, isLabRunning: false });
  }

  /** On no node. */
  unschedulable(message: string): PodBuilder {
    return this.next({ ...NO_TROUBLE, phase: 'Pending', reason: 'Unschedulable', message });
  }

  /** Running as a pod, while one of its containers has just ended. */
  crashed(exitCode: number, reason = 'Error', container = 'notebook'): PodBuilder {
    const phase = container === 'notebook' ? 'Running' : 'Pending';
    return this.next({ ...NO_TROUBLE, phase, isLabRunning: false, reason, container, exitCode });
  }

  /** With a container that has ended and is started again by the pod's own policy. */
  retried(
    exitCode: number,
    reason = 'Error',
    message: string | null = null,
    container = 'notebook',
  ): PodBuilder {
    const isOfLab = container === 'notebook';
    const state = isOfLab ? ({ state: 'down', restarts: this.lab?.restarts ?? 0 } as const) : this.lab;
    return this.crashed(exitCode, reason, container).next({ message, isRetried: true, lab: state });
  }

  /** Running again after the kubelet has started its container once more. */
  restarted(): PodBuilder {
    const restarts = (this.lab?.restarts ?? 0) + 1;
    return this.running(this.podIp).next({ lab: { state: 'running', restarts } });
  }

  /** Held up by a container that accompanies the lab. */
  besideTrouble(exitCode: number, message: string): PodBuilder {
    return this.retried(exitCode, 'Error', message, 'mesh-proxy').next({ isSidecar: true });
  }

  /** With a lab whose own container has ended for good, while other containers go on. */
  labEnded(exitCode: number, reason = 'Completed', message: string | null = null): PodBuilder {
    const end = { reason, message, container: 'notebook', exitCode };
    const lab = { state: 'ended', restarts: this.lab?.restarts ?? 0 } as const;
    return this.next({ ...NO_TROUBLE, phase: 'Running', isLabRunning: false, ...end, lab });
  }

  /** Failed by its container, where there is an exit code, else as a pod. */
  failed(reason: string | null = null, exitCode: number | null = null): PodBuilder {
    const container = exitCode === null ? null : 'notebook';
    return this.next({ ...NO_TROUBLE, phase: 'Failed', isLabRunning: false, reason, container, exitCode });
  }

  /** Failed as a pod, by whoever rules over it. */
  evicted(message: string | null = null, reason = 'Evicted'): PodBuilder {
    return this.next({ ...NO_TROUBLE, phase: 'Failed', isLabRunning: false, reason, message, exitCode: 137 });
  }

  succeeded(): PodBuilder {
    const end = { reason: 'Completed', container: 'notebook', exitCode: 0 };
    return this.next({ ...NO_TROUBLE, phase: 'Succeeded', isLabRunning: false, ...end });
  }

  /** About to be removed by someone who says why, while it runs on. */
  disrupted(reason: string): PodBuilder {
    return this.next({ ...NO_TROUBLE, reason });
  }

  lost(): PodBuilder {
    return this.next({ ...NO_TROUBLE, phase: 'Unknown', isLabRunning: false });
  }

  /** On a node that the cluster has lost touch with. */
  onLostNode(lostNode = 'node-1'): PodBuilder {
    return this.next({ lostNode });
  }

  /** On a node that is in reach again. */
  backOnNode(): PodBuilder {
    const { lostNode: _, ...rest } = this.next({});
    return new PodBuilder(rest);
  }

  deleting(): PodBuilder {
    return this.next({ isDeleting: true });
  }

  /** Kept by a finalizer once it is deleted. */
  keptBy(finalizer: string): PodBuilder {
    return this.next({ finalizers: [finalizer] });
  }

  version(resourceVersion: string): PodBuilder {
    return new PodBuilder({ ...this, resourceVersion });
  }

  private next(changes: Partial<PodObservation>): PodBuilder {
    const resourceVersion = String(Number(this.resourceVersion) + 1);
    return new PodBuilder({ ...this, resourceVersion, ...changes });
  }
}

/** The pending pod that a spawn has made. */
export function aPod(spawnId: string | null = 'spawn-0', uid = `pod-of-${spawnId}`): PodBuilder {
  return new PodBuilder({
    uid,
    resourceVersion: '100',
    spawnId,
    phase: 'Pending',
    podIp: null,
    isLabRunning: false,
    isDeleting: false,
    ...NO_TROUBLE,
  });
}

/** An event about a pod; ordinary and distinct by its message, unless told otherwise. */
export function aPodEvent(message = 'Pulling image', changes: Partial<PodEvent> = {}): PodEvent {
  return {
    podUid: aPod().uid,
    type: 'Normal',
    reason: 'Pulling',
    message,
    time: '2077-10-23T09:47:05.000Z',
    ...changes,
  };
}
