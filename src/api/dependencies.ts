import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../config/config';
import type { ImageSource } from '../domain/images/selection';
import type { LabStatus } from '../domain/lab';
import type { LabLife } from '../domain/lab-history';
import type { LabSize, SealedConfiguration } from '../domain/lab-plan';
import type { HubSettings, OperationTimeouts, StepTimeouts } from '../domain/lab-timeouts';
import type { ProgressEvent } from '../domain/progress';
import type { LabResources } from '../domain/resources';
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
  readonly timeouts: { readonly ssePingMs: number; readonly shutdownMs: number };
  readonly limits: LoadSettings;
}

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

/** Present and past labs. All calls may also fail with `workflow_unavailable` or `workflow_timeout`. */
export interface LabHistory {
  /** The user's newest labs, at most so many, newest first. */
  livesOf(username: string, limit: number): Promise<LabLife[]>;
  /** The user's latest lab, with a short timeout; null without one. */
  lastOf(username: string): Promise<LabLife | null>;
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
  readonly history: LabHistory;
  readonly progress: ProgressSource;
  readonly metrics: ApiMetrics;
  readonly checks: ReadinessChecks;
  readonly notes: ReadinessNotes;
  readonly reportFailure: ReportFailure;
}
