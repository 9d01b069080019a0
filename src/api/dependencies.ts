import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../config/config';
import type { ImageSource } from '../domain/images/selection';
import type { LabStatus } from '../domain/lab';
import type { LabLife } from '../domain/lab-history';
import type { LabSize } from '../domain/lab-options';
import type { HubSettings, OperationTimeouts, StepTimeouts } from '../domain/lab-timeouts';
import type { ProgressEvent } from '../domain/progress';
import type { LabResources } from '../domain/resources';
import type { SealedConfiguration } from '../domain/sealed';
import type { ReadinessChecks, ReadinessNotes } from '../process/service';
import type { Sealer } from '../sealing/sealer';
import type { SpawnRequest } from '../workflows/lab/messages';
import type { Authentication } from './authentication/authentication';
import type { ApiMetrics } from './plugins/metrics';
import type { ShownImageSettings } from './schemas/images';
import type { KnownLab } from './schemas/lab-state';
import type { EventPosition } from './schemas/progress';
import type { UsageUrlOf } from './services/usage-urls';

/** How much is done at once, and for how long clients are waited for; the configuration's section `limits`. */
export type LoadSettings = Omit<Config['limits'], 'tokenLookups'>;

/** What the API reads of the controller's configuration at its start; `Config` has all of it. */
export interface ApiSettings {
  /** Name of the installation, shown by the index. */
  readonly name: string;
  /** Path under which everything but `GET /` and the probes is mounted, such as `/nublado`. */
  readonly pathPrefix: string;
  readonly timeouts: { readonly ssePingMs: number; readonly shutdownMs: number };
  readonly limits: LoadSettings;
}

/** What the API reads of the configuration for every spawn and form; `Config` has all of it. */
export interface LabSettings {
  readonly lab: {
    readonly sizes: readonly { readonly size: LabSize; readonly resources: LabResources }[];
    /** The size chosen in the form at first; null for the first that the user may have. */
    readonly defaultSize: LabSize | null;
    readonly hubSecretEnv: readonly string[];
    readonly namespacePrefix: string;
    /** Smallest user or group ID that a lab may run under. */
    readonly minimumId: number;
  } & OperationTimeouts;
  readonly images: ShownImageSettings;
  readonly timeouts: StepTimeouts;
  /** Null without a hub that is told of anything. */
  readonly hub: HubSettings | null;
}

/** What spawns are offered and accepted under, as of one version of the configuration. */
export interface SpawnContext {
  readonly settings: LabSettings;
  readonly images: ImageSource;
  /** The same version, to go with the spawn. */
  readonly configuration: SealedConfiguration;
}

/** A spawn with every question answered, under the ID that its operation will have. */
export type PlannedSpawn = SpawnRequest;

/**
 * Labs as durable workflows. All calls may also fail with `workflow_unavailable`, `workflow_timeout`, or, where
 * nothing is found although labs may run that are not known yet, `labs_not_reconciled`.
 */
export interface Labs {
  /** Accepts a spawn; it is durable on return. @throws DomainError `lab_exists` or `operation_in_progress`. */
  create(spawn: PlannedSpawn): Promise<void>;
  /** @throws DomainError `unknown_user`. */
  read(username: string): Promise<KnownLab>;
  /** Names of users with a lab in one of the statuses, sorted. */
  list(statuses: readonly LabStatus[]): Promise<string[]>;
  /** Ends a lab for whoever asked, returning once its pod is gone. @throws DomainError `unknown_user` or `delete_failed`. */
  remove(username: string, requester: string | null): Promise<void>;
}

/** What became of labs. All calls may also fail with `workflow_unavailable` or `workflow_timeout`. */
export interface LabHistory {
  /** The user's newest labs, at most so many, newest first. */
  livesOf(username: string, limit: number): Promise<LabLife[]>;
  /** The user's latest lab, asked for at once and not waited for long; null without one. */
  lastOf(username: string): Promise<LabLife | null>;
}

/** Progress of labs' operations. */
export interface ProgressSource {
  /**
   * Follows the user's current or retained operation, from its start or after an event already seen, until
   * its stream ends or the signal aborts.
   *
   * @throws DomainError `unknown_user` when there is neither a lab nor a retained operation.
   */
  follow(
    username: string,
    options: { readonly lastEventId: EventPosition | null; readonly signal: AbortSignal },
  ): Promise<AsyncIterable<ProgressEvent>>;
}

/** Tells operators about a failure that is nobody's request's fault. */
export type ReportFailure = (error: unknown, context: { readonly username: string | null }) => void;

/** Everything routes use. */
export interface Dependencies {
  readonly settings: ApiSettings;
  readonly logger: FastifyBaseLogger;
  readonly authentication: Authentication;
  /** What is in force now. A request takes it once. */
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
