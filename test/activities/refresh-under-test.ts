import { pino } from 'pino';
import { createImageActivities, type RefreshSummary } from '../../src/activities/images';
import type { Config } from '../../src/config/config';
import type { ImageCatalogue } from '../../src/domain/images/catalogue';
import { createKubernetesClient } from '../../src/kubernetes/client';
import { repositories } from '../../src/registry/image-repository';
import { type CatalogueState, decodeCatalogue } from '../../src/workflow-clients/catalogue';
import type { CatalogueRefresh } from '../../src/workflows/image-catalogue/messages';
import { aDocument, aLab, parsed } from '../unit/config/sample-documents';
import {
  type Answer,
  json,
  type ScriptedServer,
  startScriptedServer,
} from '../unit/kubernetes/scripted-server';
import { bare } from '../unit/registry/registries';
import { activityEnvironment } from './attempt';

/** A digest that can be told from others. */
export const digest = (digit: number): string => `sha256:${String(digit).repeat(64)}`;

/** A node as the API server tells of it, ready for labs unless changed. */
export function aNode(
  name: string,
  images: readonly object[] = [],
  { spec = {}, ready = 'True' }: { readonly spec?: object; readonly ready?: string } = {},
): object {
  return { metadata: { name }, spec, status: { conditions: [{ type: 'Ready', status: ready }], images } };
}

/** An image as a node lists it. */
export const onNode = (ofDigest: string, sizeBytes = 10): object => ({
  names: [`registry.test/lab@${ofDigest}`],
  sizeBytes,
});

/** Refreshes against a scripted registry and cluster, what they publish, and what they ask nodes to pull. */
export class RefreshUnderTest {
  /** Digests by tag, in the registry's order. */
  readonly tags = new Map<string, string>();
  /** Answers of the registry out of turn, by the end of the path. */
  readonly answers = new Map<string, Answer>();
  nodes: readonly object[] = [];
  clusterAnswer: Answer | null = null;
  /** Sections of the configuration besides the least. */
  images: Readonly<Record<string, unknown>> = {};
  lab: Readonly<Record<string, unknown>> = {};
  repository = 'lab/sketch';
  /** References of the images of labs that run. */
  readonly labImages: string[] = [];
  readonly refreshes: CatalogueRefresh[] = [];
  /** One list per refresh that got so far, each entry as `tag to node`. */
  readonly wanted: string[][] = [];
  readonly logged: string[] = [];
  state: CatalogueState = { published: null, refreshedAt: null, failure: null };
  /** Why prepulling cannot be told, if so. */
  prepullingFailure: Error | null = null;
  environment = activityEnvironment();

  private constructor(
    readonly registry: ScriptedServer,
    readonly cluster: ScriptedServer,
  ) {}

  static async start(): Promise<RefreshUnderTest> {
    const started: RefreshUnderTest = new RefreshUnderTest(
      await startScriptedServer((response, request) => started.answerOf(request.path)(response, request)),
      await startScriptedServer((response, request) => {
        const answer = started.clusterAnswer ?? json(200, { kind: 'NodeList', items: started.nodes });
        return answer(response, request);
      }),
    );
    return started;
  }

  get host(): string {
    return new URL(this.registry.url).host;
  }

  /** One attempt of the activity. */
  async refresh(): Promise<RefreshSummary> {
    const logger = pino({ level: 'warn' }, { write: (line: string) => void this.logged.push(line) });
    const kubernetes = createKubernetesClient({
      kubeconfig: this.cluster.kubeconfig,
      requestTimeoutMs: 5_000,
    });
    const activities = createImageActivities({
      config: () => this.config(),
      kubernetes,
      repositoryOf: repositories(logger),
      labImages: async () => new Set(this.labImages),
      readCatalogue: async () => this.state,
      publish: async (refresh) => this.publish(refresh),
      wantPulls: async (pulls) => {
        if (this.prepullingFailure) throw this.prepullingFailure;
        this.wanted.push(pulls.map(({ tag, node }) => `${tag} to ${node}`));
      },
      logger,
    });
    try {
      return await this.environment.run(() => activities.refreshImages());
    } finally {
      await kubernetes.close();
    }
  }

  /** What is published now. @throws Error when nothing is. */
  published(): ImageCatalogue {
    if (!this.state.published) throw new Error('nothing has been published');
    return decodeCatalogue(this.state.published);
  }

  /** The digests published now, by tag. */
  digests(): Record<string, string | null> {
    return Object.fromEntries(this.published().tags.map(({ tag, digest: known }) => [tag, known]));
  }

  async close(): Promise<void> {
    await Promise.all([this.registry.close(), this.cluster.close()]);
  }

  private config(): Config {
    const source = { type: 'docker', registry: this.host, repository: this.repository };
    const images = { source, dockerCredentialsPath: null, numReleases: 1, numWeeklies: 2, numDailies: 0 };
    const document = aDocument({ lab: aLab(this.lab), images: { ...images, ...this.images } });
    return parsed(document).config;
  }

  private publish(refresh: CatalogueRefresh): void {
    this.refreshes.push(refresh);
    const { catalogue, refreshedAt, failure } = refresh;
    const { published, refreshedAt: before } = this.state;
    this.state = { published: catalogue ?? published, refreshedAt: refreshedAt ?? before, failure };
  }

  private answerOf(path: string): Answer {
    const outOfTurn = [...this.answers].find(([end]) => path.endsWith(end));
    if (outOfTurn) return outOfTurn[1];
    if (path.endsWith('/tags/list')) return json(200, { tags: [...this.tags.keys()] });
    const known = this.tags.get(path.slice(path.lastIndexOf('/') + 1));
    return known === undefined ? bare(404) : bare(200, { 'docker-content-digest': known });
  }
}
