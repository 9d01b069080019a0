import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../config/config';
import type { ImageSource } from '../domain/images/selection';
import type { LabStatus } from '../domain/lab';
import type { LabLife } from '../domain/lab-history';
import type { LabSize, SealedConfiguration } from '../domain/lab-plan';
import type { HubSettings, OperationTimeouts, StepTimeouts } from '../domain/lab-timeouts';
import type { ProgressEvent } from '../domain/progress';
import type { LabResources } from '../domain/resources';
import type { User } from '../domain/user';
import type { ReadinessChecks, ReadinessNotes } from '../process/run';
import type { Sealer } from '../sealing/sealer';
import type { SpawnRequest } from '../workflows/lab/messages';
import type { Authentication } from './authentication/authentication';
import type { ApiMetrics } from './plugins/metrics';
import type { ShownImageSettings } from './schemas/images';
import type { KnownLab } from './schemas/lab-state';
import type { EventPosition } from './schemas/progress';
import type { UsageUrlOf } from './services/usage-urls';

/** Limits of concurrent requests, and timeouts of clients; the configuration's section `limits`. */
export type LoadSettings = Omit<Config['limits'], 'tokenLookups'>;

/** The part of `Config` that the API reads at its start. */
export interface ApiSettings {
  /** Name of the installation, shown by the index. */
  readonly name: string;
  /** Path under which everything but `GET /` and the probes is mounted, such as `/nublado`. */
  readonly pathPrefix: string;
  /** URL of the platform, at which users reach their file servers. */
  readonly baseUrl: string;
  readonly fileserver: FileServerSettings;
  readonly timeouts: { readonly ssePingMs: number; readonly shutdownMs: number };
  readonly limits: LoadSettings;
}

/** The part of section `fileserver` that the API reads at its start. */
export type FileServerSettings = {
  /** Path below which file servers are found, such as `/files`. */
  readonly pathPrefix: string;
} & (
  | { readonly enabled: false }
  | {
      readonly enabled: true;
      /** Time without use after which a file server ends. */
      readonly idleTimeoutMs: number;
      readonly ingress: { readonly type: 'gafaelfawr' | 'ingress' | 'httpRoute' };
    }
);

/** The part of `Config` that the API reads for every spawn and form. */
export interface LabSettings {
  readonly lab: {
    readonly sizes: readonly { readonly size: LabSize; readonly resources: LabResources }[];
    /** The size preselected in the form; null for the first that the user may have. */
    readonly defaultSize: LabSize | null;
    readonly hubSecretEnv: readonly string[];
    readonly namespacePrefix: string;
    /** Smallest user or group ID that a lab may run under. */
    readonly minimumId: number;
    /** Null where the space in home directories is not checked. */
    readonly homeSpace: { readonly whenFull: 'fail' | 'warn' } | null;
  } & OperationTimeouts;
  /** Base URL of the platform. */
  readonly baseUrl: string;
  readonly fileserver: { readonly enabled: boolean; readonly pathPrefix: string };
  readonly images: ShownImageSettings;
  readonly timeouts: StepTimeouts;
  /** Null where no hub is notified. */
  readonly hub: HubSettings | null;
  readonly fsadmin: Pick<Config['fsadmin'], 'timeoutMs'>;
}

/** The version of the configuration under which spawns are offered and accepted, with its image source. */
export interface SpawnContext {
  readonly settings: LabSettings;
  readonly images: ImageSource;
  /** The same version sealed, to be sent with the spawn. */
  readonly configuration: SealedConfiguration;
}

/** A complete spawn request, with the ID of its operation. */
export type PlannedSpawn = SpawnRequest;

/**
 * Labs as durable workflows. All calls may also fail with `workflow_unavailable`, `workflow_timeout`, or, where nothing
 * is found although unadopted labs may run, `labs_not_reconciled`.
 */
export interface Labs {
  /** Accepts a spawn; it is durable on return. @throws DomainError `lab_exists` or `operation_in_progress`. */
  create(spawn: PlannedSpawn): Promise<void>;
  /** @throws DomainError `unknown_user`. */
  read(username: string): Promise<KnownLab>;
  /** Names of users with a lab in one of the statuses, sorted. */
  list(statuses: readonly LabStatus[]): Promise<string[]>;
  /** Ends a lab, and returns once its pod is gone. @throws DomainError `unknown_user` or `delete_failed`. */
  remove(username: string, requester: string | null): Promise<void>;
}

/** Users' file servers. All calls may also fail with `workflow_unavailable` or `workflow_timeout`. */
export interface FileServers {
  /**
   * Creates the user's file server unless it runs, and returns once it is usable. Calls for one user share one creation.
   *
   * @throws DomainError `permission_denied` for a user without usable IDs, or `file_server_create_failed`.
   */
  open(user: User): Promise<void>;
  /** Verifies a file server that is said to run, and replaces it where it is not usable. @throws as `open`. */
  verify(user: User): Promise<void>;
  /** Names of users with a running file server, sorted. */
  list(): Promise<string[]>;
  isRunning(username: string): Promise<boolean>;
  /** Ends a file server, and returns once it is gone. @throws DomainError `unknown_user` or `file_server_delete_failed`. */
  remove(username: string, requester: string | null): Promise<void>;
}

/** Present and past labs. All calls may also fail with `workflow_unavailable` or `workflow_timeout`. */
export interface LabHistory {
  /** The user's newest labs, at most so many, newest first. */
  livesOf(username: string, limit: number): Promise<LabLife[]>;
  /** The user's latest lab, with a short timeout; null without one. */
  lastOf(username: string): Promise<LabLife | null>;
}

/** A pod for file system administration that runs. */
export interface RunningFsadmin {
  /** RFC 3339 in UTC, to the second. */
  readonly startTime: string;
}

/**
 * The pod for file system administration. Calls take turns, also those of other replicas, and name their caller, if that
 * has a name. All may also fail with `kubernetes_error`, `workflow_unavailable` or `workflow_timeout`.
 */
export interface Fsadmin {
  /** Reads the pod. @throws DomainError `not_found` or `invalid_phase` unless it runs. */
  read(requester: string | null): Promise<RunningFsadmin>;
  /** Returns once the pod runs. @throws DomainError `not_found` or `invalid_phase` when it cannot. */
  start(requester: string | null): Promise<RunningFsadmin>;
  /** Removes the pod and its claims, and returns once they are gone. */
  remove(requester: string | null): Promise<void>;
}

/** Progress of labs' operations. */
export interface ProgressSource {
  /**
   * Follows the user's current or retained operation, from its start or after a given event, until its stream ends or
   * the signal aborts.
   *
   * @throws DomainError `unknown_user` when there is neither a lab nor a retained operation.
   */
  follow(
    username: string,
    options: { readonly lastEventId: EventPosition | null; readonly signal: AbortSignal },
  ): Promise<AsyncIterable<ProgressEvent>>;
}

/** Reports a failure that is not the request's fault to operators. */
export type ReportFailure = (error: unknown, context: { readonly username: string | null }) => void;

/** Everything routes use. */
export interface Dependencies {
  readonly settings: ApiSettings;
  readonly logger: FastifyBaseLogger;
  readonly authentication: Authentication;
  /** The present spawn context. A request reads it once. */
  readonly terms: () => SpawnContext;
  readonly sealer: Pick<Sealer, 'seal'>;
  readonly usageUrlOf: UsageUrlOf;
  readonly labs: Labs;
  readonly fsadmin: Fsadmin;
  readonly history: LabHistory;
  readonly progress: ProgressSource;
  readonly fileServers: FileServers;
  readonly metrics: ApiMetrics;
  readonly checks: ReadinessChecks;
  readonly notes: ReadinessNotes;
  readonly reportFailure: ReportFailure;
}
