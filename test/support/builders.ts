import { type HomeShortage, homeMessage } from '../../src/domain/home-space';
import type { AddressProof } from '../../src/domain/lab-address';
import type { LabPlan } from '../../src/domain/lab-plan';
import type { PodEvent, PodObservation, PodPhase } from '../../src/domain/pod';
import type { LabTimeouts, SpawnRequest } from '../../src/workflows/lab/messages';

const GIB = 1024 ** 3;

/** Default instant of tests. */
export const AN_INSTANT = '2077-10-23T09:47:00.000Z';

/** A sealed value without content. */
const SEALED = { keyId: 'test', iv: '', ciphertext: '', tag: '' };

/** The plan of a small lab of this user. */
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

/** Timeouts and intervals that no test reaches; tests shorten those that they are about. */
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

/** An accepted spawn request, each with its own operation ID. */
export function aSpawnRequest(username = 'rachel', changes: Partial<LabTimeouts> = {}): SpawnRequest {
  operations += 1;
  return { operationId: `spawn-${operations}`, plan: aPlan(username), timeouts: timeouts(changes) };
}

/** The proof of an address that fake activities accept. */
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

const MIB = 1024 ** 2;

/** A home directory with too little for JupyterLab. */
export const FULL_HOME = {
  level: 'full',
  resource: 'bytes',
  free: 3 * MIB,
  total: 10 * GIB,
  limit: 16 * MIB,
} as const satisfies HomeShortage;

/** The image of containers that do not start. */
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
  readonly home?: PodObservation['home'];
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
    if (fields.home) this.home = fields.home;
    if (fields.finalizers) this.finalizers = fields.finalizers;
  }

  running(podIp: string | null = '10.0.0.1'): PodBuilder {
    const lab = { state: 'running', restarts: this.lab?.restarts ?? 0 } as const;
    const proof = podIp === null ? {} : { addressProof: aProof(podIp) };
    return this.next({ ...NO_TROUBLE, ...proof, phase: 'Running', podIp, isLabRunning: true, lab });
  }

  /** As reported by a signal without a proof. */
  unproven(): PodBuilder {
    const { addressProof: _, ...fields } = this;
    return new PodBuilder(fields);
  }

  /** Not started, for a reason of one of its containers. */
  waiting(reason: string, message: string | null = null, container = 'notebook'): PodBuilder {
    return this.next({ ...NO_TROUBLE, phase: 'Pending', reason, message, container, image: AN_IMAGE });
  }

  /** Starting, without an obstacle. */
  starting(phase: PodPhase = 'Pending', podIp: string | null = null): PodBuilder {
    return this.next({ ...NO_TROUBLE, phase, podIp, isLabRunning: false });
  }

  /** Not scheduled. */
  unschedulable(message: string): PodBuilder {
    return this.next({ ...NO_TROUBLE, phase: 'Pending', reason: 'Unschedulable', message });
  }

  /** Running, with a container that has just ended. */
  crashed(exitCode: number, reason = 'Error', container = 'notebook'): PodBuilder {
    const phase = container === 'notebook' ? 'Running' : 'Pending';
    return this.next({ ...NO_TROUBLE, phase, isLabRunning: false, reason, container, exitCode });
  }

  /** With a container that has ended and is restarted by the pod's restart policy. */
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

  /** Running again after a restart of its container. */
  restarted(): PodBuilder {
    const restarts = (this.lab?.restarts ?? 0) + 1;
    return this.running(this.podIp).next({ lab: { state: 'running', restarts } });
  }

  /** With a failing sidecar. */
  besideTrouble(exitCode: number, message: string): PodBuilder {
    return this.retried(exitCode, 'Error', message, 'mesh-proxy').next({ isSidecar: true });
  }

  /** With a lab's container that has ended finally, while other containers run. */
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

  /** Failed as a whole, for a reason that the control plane or the kubelet has set on the pod. */
  evicted(message: string | null = null, reason = 'Evicted'): PodBuilder {
    return this.next({ ...NO_TROUBLE, phase: 'Failed', isLabRunning: false, reason, message, exitCode: 137 });
  }

  succeeded(): PodBuilder {
    const end = { reason: 'Completed', container: 'notebook', exitCode: 0 };
    return this.next({ ...NO_TROUBLE, phase: 'Succeeded', isLabRunning: false, ...end });
  }

  /** Running, with condition `DisruptionTarget`: it is about to be removed. */
  disrupted(reason: string): PodBuilder {
    return this.next({ ...NO_TROUBLE, reason });
  }

  lost(): PodBuilder {
    return this.next({ ...NO_TROUBLE, phase: 'Unknown', isLabRunning: false });
  }

  /** With an init container that has ended since the home directory is full; the kubelet starts it again. */
  homeRefused(shortage: HomeShortage = FULL_HOME): PodBuilder {
    const home = { shortage, isRefused: true, at: AN_INSTANT };
    return this.retried(1, 'Error', homeMessage(shortage), 'nublado-std-homecheck').next({ home });
  }

  /** Starting, with a home directory that lacks something. */
  homeWarned(shortage: HomeShortage = FULL_HOME): PodBuilder {
    return this.next({ home: { shortage, isRefused: false, at: AN_INSTANT } });
  }

  /** On a lost node. */
  onLostNode(lostNode = 'node-1'): PodBuilder {
    return this.next({ lostNode });
  }

  /** On a node that is reachable again. */
  backOnNode(): PodBuilder {
    const { lostNode: _, ...rest } = this.next({});
    return new PodBuilder(rest);
  }

  deleting(): PodBuilder {
    return this.next({ isDeleting: true });
  }

  /** With a finalizer. */
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

/** The pending pod that a spawn has created. */
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

/** An event about a pod; by default of type Normal and distinct by its message. */
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
