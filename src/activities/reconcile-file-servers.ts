import type { KubernetesObject } from '@kubernetes/client-node';
import { Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import type { Config } from '../config/config';
import { errorMessage } from '../domain/errors';
import { type FileServerRouting, type FileServerTimeouts, fileServerTimeouts } from '../domain/file-server';
import { fileServerName } from '../domain/file-server-key';
import {
  type FileServerDecision,
  type FileServerReconciliation,
  fileServersToVerify,
  judgeFileServer,
  summaryOf,
} from '../domain/file-server-reconciliation';
import type { KubernetesClient } from '../kubernetes/client';
import { throwIfRequestsEnded } from '../kubernetes/http';
import { ignoreNotFound } from '../kubernetes/verdict';
import { FILE_SERVER_SELECTOR } from '../objects/labels';
import {
  type FileServerSurvey,
  type SurveyedFileServer,
  surveyFileServers,
} from '../objects/reading/file-server-survey';
import { concurrently } from './concurrently';
import type { FileServerRegister } from './file-server-register';
import { withHeartbeat } from './lease';

/** File servers processed at a time: so many that slow ones do not delay the others. */
const CONCURRENCY = 50;

const INGRESS_GROUPS = {
  Ingress: 'networking.k8s.io/v1',
  HTTPRoute: 'gateway.networking.k8s.io/v1',
} as const;

/** Dependencies of a pass. */
export interface FileServerReconcileDependencies {
  /** The configuration; read once per pass. */
  readonly config: () => Pick<Config, 'fileserver' | 'timeouts'>;
  readonly kubernetes: Pick<KubernetesClient, 'identify' | 'list'>;
  readonly register: FileServerRegister;
  readonly logger: Logger;
  /** Called for every decision that was carried out or reported. */
  readonly onDecision: (kind: FileServerDecision['kind']) => void;
}

export type FileServerReconcileActivities = ReturnType<typeof createFileServerReconcileActivities>;

/** The one activity of the reconciliation of file servers. */
export function createFileServerReconcileActivities(dependencies: FileServerReconcileDependencies) {
  return {
    /**
     * Compares the objects of file servers with the open workflows and corrects differences. Deletes nothing: what is
     * left of a file server is handed to a workflow, which removes it. A file server that fails is reported and does not
     * stop the others; without the lists the pass fails. Does nothing where file servers are disabled.
     */
    async reconcileFileServers(): Promise<FileServerReconciliation> {
      const { fileserver, timeouts } = dependencies.config();
      if (!fileserver.enabled) return summaryOf([]);
      const settings = {
        place: { namespace: fileserver.namespace, routing: fileserver.ingress.type },
        graceMs: timeouts.reconcileGraceMs,
        timeouts: fileServerTimeouts(fileserver, timeouts),
      };
      const pass = new Pass(dependencies, settings, Context.current().cancellationSignal);
      return withHeartbeat(() => pass.run());
    },
  };
}

interface PassSettings {
  /** Where file servers are, and by what they are reached. */
  readonly place: { readonly namespace: string; readonly routing: FileServerRouting };
  readonly graceMs: number;
  /** Those of adopted file servers. */
  readonly timeouts: FileServerTimeouts;
}

class Pass {
  constructor(
    private readonly dependencies: FileServerReconcileDependencies,
    private readonly settings: PassSettings,
    private readonly signal: AbortSignal,
  ) {}

  async run(): Promise<FileServerReconciliation> {
    // Workflows first, so that the cluster's lists include what workflows create or delete meanwhile.
    const workflows = await this.dependencies.register.list();
    const { fileServers, reports } = await this.survey();
    const settled = await concurrently(fileServers, (found) => this.settle(found), CONCURRENCY);
    const missing = fileServersToVerify(workflows, fileServers, this.settings);
    const told = await concurrently(missing, (decision) => this.verify(decision), CONCURRENCY);
    this.throwIfOver();
    for (const report of reports) this.tell(report);
    return summaryOf([...reports, ...settled, ...told].filter((decision) => decision !== null));
  }

  /** Reads all objects; pods last, so that a job that was listed just before its end has none any more. */
  private async survey(): Promise<FileServerSurvey> {
    const ingressKind = this.settings.place.routing === 'httpRoute' ? 'HTTPRoute' : 'Ingress';
    const [jobs, claims, ingresses] = await Promise.all([
      this.list('batch/v1', 'Job'),
      this.list('v1', 'PersistentVolumeClaim'),
      this.list(INGRESS_GROUPS[ingressKind], ingressKind),
    ]);
    const pods = await this.list('v1', 'Pod');
    return surveyFileServers({ jobs, claims, ingresses, ingressKind, pods }, Date.now());
  }

  private list(apiVersion: string, kind: string): Promise<readonly KubernetesObject[]> {
    const { namespace } = this.settings.place;
    const reference = { apiVersion, kind, metadata: { namespace } };
    return this.dependencies.kubernetes.list(reference, { labelSelector: FILE_SERVER_SELECTOR });
  }

  /** Decides and acts for one file server, independently of the others. Returns what was done. */
  private settle(found: SurveyedFileServer): Promise<FileServerDecision | null> {
    return this.reporting(found.username, async () => {
      const decision = judgeFileServer(found, this.settings);
      // Listed workflows may lag behind, in both directions.
      if (!decision || (await this.dependencies.register.isOpen(found.username))) return null;
      if (decision.kind === 'adopt' && !(await this.isStillThere(found))) return null;
      this.throwIfOver();
      const { observed, operationId, startedAt, username } = found;
      const { place, timeouts } = this.settings;
      const adoption = { ...place, username, observed, startedAt, operationId };
      return (await this.dependencies.register.adopt(adoption, timeouts)) ? decision : null;
    });
  }

  /** Whether the job is the listed one. A workflow that has closed since it was listed has deleted it. */
  private async isStillThere({ observed, username }: SurveyedFileServer): Promise<boolean> {
    const { namespace } = this.settings.place;
    const metadata = { namespace, name: fileServerName(username) };
    const job = await ignoreNotFound(() =>
      this.dependencies.kubernetes.identify({ apiVersion: 'batch/v1', kind: 'Job', metadata }),
    );
    return job !== null && job.metadata.uid === observed.job?.uid && !job.metadata.deletionTimestamp;
  }

  private verify(
    decision: ReturnType<typeof fileServersToVerify>[number],
  ): Promise<FileServerDecision | null> {
    const { username } = decision;
    return this.reporting(username, async () =>
      (await this.dependencies.register.verify(username)) ? decision : null,
    );
  }

  /** Carries out a decision and returns what was done: null where nothing was left to do, a report where it failed. */
  private async reporting(
    username: string,
    act: () => Promise<FileServerDecision | null>,
  ): Promise<FileServerDecision | null> {
    try {
      const done = await act();
      if (done) this.tell(done);
      return done;
    } catch (error) {
      this.throwIfOver();
      const problem = `it could not be compared with its workflow: ${errorMessage(error)}`;
      const report = { kind: 'report', object: `file server of ${username}`, problem } as const;
      this.tell(report);
      return report;
    }
  }

  /** Ends the pass when its attempt is cancelled, or may have been replaced by another one. */
  private throwIfOver(): void {
    this.signal.throwIfAborted();
    throwIfRequestsEnded();
  }

  private tell(decision: FileServerDecision): void {
    const { logger, onDecision } = this.dependencies;
    onDecision(decision.kind);
    const message = `reconciliation of file servers: ${decision.kind}`;
    logger[decision.kind === 'report' ? 'warn' : 'info']({ decision }, message);
  }
}
