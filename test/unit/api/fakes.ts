import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { buildApp } from '../../../src/api/app';
import { type IdentitySource, ingressAuthentication } from '../../../src/api/authentication/ingress';
import type { ApiSettings, Dependencies, LabSettings, SpawnContext } from '../../../src/api/dependencies';
import { createMetrics } from '../../../src/api/plugins/metrics';
import type { KnownLab } from '../../../src/api/schemas/lab-state';
import { createFileServers } from '../../../src/api/services/file-servers';
import { limits, timeouts } from '../../../src/config/schema/limits';
import { DomainError } from '../../../src/domain/errors';
import { staticOffer } from '../../../src/domain/images/offer';
import type { ImageSource } from '../../../src/domain/images/selection';
import { pendingRecord } from '../../../src/domain/lab';
import type { ProgressEvent } from '../../../src/domain/progress';
import type { LabResources } from '../../../src/domain/resources';
import type { User } from '../../../src/domain/user';

const GIB = 1024 ** 3;

function resources(cpu: number): LabResources {
  return {
    limits: { cpu, memory: cpu * 4 * GIB },
    requests: { cpu: cpu / 4, memory: cpu * GIB },
  };
}

/** A user who may spawn; the token `token-of-<name>` is theirs. */
export function aUser(changes: Partial<User> = {}): User {
  return {
    username: 'rachel',
    name: 'Rachel Ruderman',
    uid: 1101,
    gid: 1101,
    groups: [
      { name: 'rachel', id: 1101 },
      { name: 'g_science', id: 2202 },
    ],
    quota: null,
    ...changes,
  };
}

/** Headers as the ingress adds them. */
export function headersOf(username: string): Record<string, string> {
  return { 'x-auth-request-user': username, 'x-auth-request-token': `token-of-${username}` };
}

/** A create body as the hub sends it. */
export function aBody(
  options: Record<string, unknown> = {},
  env: Record<string, unknown> = {},
): { options: Record<string, unknown>; env: Record<string, unknown> } {
  return {
    options: { image_list: ['registry.test/sketchbook:w_2077_44'], size: ['small'], ...options },
    env: { JUPYTERHUB_SERVICE_PREFIX: '/nb/user/rachel/', JUPYTERHUB_API_TOKEN: 'hub-secret', ...env },
  };
}

/** One progress event of operation `op1`. */
export function anEvent(sequence: number, changes: Partial<ProgressEvent> = {}): ProgressEvent {
  return {
    operation: { id: 'op1', kind: 'spawn' },
    sequence,
    type: 'info',
    message: `step ${sequence}`,
    progress: sequence * 10,
    timestamp: '2077-10-23T09:47:00.123Z',
    severity: 'info',
    reason: null,
    ...changes,
  };
}

/** Pings too rare to be seen. */
export const SETTINGS: ApiSettings = {
  name: 'Test',
  pathPrefix: '/nublado',
  baseUrl: 'https://data.example.com/',
  fileserver: {
    enabled: true,
    pathPrefix: '/files',
    idleTimeoutMs: 3_600_000,
    ingress: { type: 'gafaelfawr' },
  },
  timeouts: { ssePingMs: 60_000, shutdownMs: 30_000 },
  limits: limits.parse({}),
};

/** Two sizes. */
export const LAB_SETTINGS: LabSettings = {
  lab: {
    sizes: [
      { size: 'small', resources: resources(1) },
      { size: 'large', resources: resources(4) },
    ],
    hubSecretEnv: ['JUPYTERHUB_API_TOKEN', 'JPY_API_TOKEN', 'EXTRA_SECRET'],
    defaultSize: 'large',
    namespacePrefix: 'nublado',
    minimumId: 1,
    homeSpace: null,
    spawnTimeoutMs: 600_000,
    deleteTimeoutMs: 60_000,
    reconcileIntervalMs: 300_000,
  },
  images: {
    source: { type: 'docker', registry: 'registry.test', repository: 'sketchbook' },
    refreshIntervalMs: 300_000,
    prepullTimeoutMs: 600_000,
    recommendedTag: 'recommended',
    numReleases: 1,
    numWeeklies: 2,
    numDailies: 3,
    cycle: null,
    pin: [],
    aliasTags: [],
  },
  timeouts: timeouts.parse({}),
  hub: null,
  fsadmin: { timeoutMs: 120_000 },
  baseUrl: 'https://data.example/',
  fileserver: { enabled: false, pathPrefix: '/files' },
};

/** The same, with a check of home directories that fails spawns, and with file servers. */
export const CHECKED_HOMES: LabSettings = {
  ...LAB_SETTINGS,
  lab: { ...LAB_SETTINGS.lab, homeSpace: { whenFull: 'fail' } },
  fileserver: { enabled: true, pathPrefix: '/files' },
};

const WEEKLY = 'registry.test/sketchbook:w_2077_44@sha256:1234';

/** Images of any name, with two exceptions; one of them on the menu. */
const images: ImageSource = {
  async resolve(choice) {
    const location = ['body', 'options', choice.field];
    const wanted =
      'reference' in choice ? choice.reference : 'tag' in choice ? choice.tag : choice.imageClass;
    if (wanted === ':::') {
      throw new DomainError('invalid_docker_reference', `Cannot parse "${wanted}"`, location);
    }
    if (wanted.includes('unknown')) {
      throw new DomainError('unknown_image', `Docker reference "${wanted}" not found`, location);
    }
    return { reference: `${wanted}@sha256:1234`, name: wanted, digest: 'sha256:1234' };
  },
  offer: async () =>
    staticOffer(
      { type: 'static', images: [{ name: 'Weekly 2077_44', reference: WEEKLY }], recommended: null },
      [],
    ),
};

/** What spawns are accepted under. */
export const LAB_TERMS: SpawnContext = {
  settings: LAB_SETTINGS,
  images,
  configuration: { id: 'test', source: { keyId: 'test', iv: '', ciphertext: '', tag: '' } },
};

/** An app on in-memory stand-ins, and what tests may look at or change behind it. */
export interface World {
  readonly app: FastifyInstance;
  readonly users: Map<string, User>;
  readonly labs: Map<string, KnownLab>;
  /** Users with a running file server. */
  readonly fileServers: Set<string>;
  readonly metrics: Dependencies['metrics'];
  /** Failures reported to operators. */
  readonly reported: { code: string; username: string | null }[];
  /** Log lines as JSON. */
  readonly logged: string[];
}

function unknown(username: string): DomainError {
  return new DomainError('unknown_user', `Unknown user ${username}`);
}

/** Dependencies other than the usual stand-ins; `identity` stands behind the ingress's headers. */
export type Changes = Partial<Dependencies> & { readonly identity?: IdentitySource };

/** Builds the real app around stand-ins; `changes` replaces single dependencies. */
export async function aWorld({ identity, ...changes }: Changes = {}): Promise<World> {
  const users = new Map<string, User>([['rachel', aUser()]]);
  const labs = new Map<string, KnownLab>();
  const fileServers = new Set<string>();
  const reported: World['reported'] = [];
  const logged: string[] = [];
  const metrics = createMetrics();

  const app = await buildApp({
    settings: SETTINGS,
    logger: pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) }),
    authentication: ingressAuthentication(
      identity ?? {
        async lookup(token) {
          const user = users.get(token.replace('token-of-', ''));
          if (!user) throw new DomainError('invalid_token', 'User token is invalid');
          return user;
        },
      },
    ),
    terms: () => LAB_TERMS,
    sealer: {
      seal: (plaintext) => ({
        keyId: 'test',
        iv: '',
        ciphertext: Buffer.from(plaintext).toString('base64'),
        tag: '',
      }),
    },
    usageUrlOf: null,
    labs: {
      async create({ plan }) {
        const { username } = plan.user;
        if (labs.has(username)) throw new DomainError('lab_exists', `Lab already exists for ${username}`);
        const record = pendingRecord(plan, { id: 'op1', kind: 'spawn' }, '2077-10-23T09:47:00Z');
        labs.set(username, { ...record, status: 'pending' });
      },
      async read(username) {
        const lab = labs.get(username);
        if (!lab) throw unknown(username);
        return lab;
      },
      async list(statuses) {
        const wanted = [...labs.values()].filter(({ status }) => statuses.includes(status));
        return wanted.map(({ user }) => user.username);
      },
      async remove(username) {
        if (!labs.delete(username)) throw unknown(username);
      },
    },
    fsadmin: {
      read: async () => ({ startTime: '2077-10-23T09:47:00Z' }),
      start: async () => ({ startTime: '2077-10-23T09:47:00Z' }),
      remove: async () => undefined,
    },
    history: { livesOf: async () => [], lastOf: async () => null },
    progress: {
      async follow(username) {
        throw unknown(username);
      },
    },
    fileServers: createFileServers({
      workflows: {
        async ensure({ username }) {
          fileServers.add(username);
        },
        running: async () => [...fileServers].toSorted(),
        find: async (username) => (fileServers.has(username) ? { phase: 'running' } : undefined),
        delete: async (username) => (fileServers.delete(username) ? 'deleted' : 'unknown'),
      },
      rules: () => ({ minimumId: 1, creationTimeoutMs: 120_000, deleteTimeoutMs: 60_000 }),
    }),
    metrics,
    checks: {},
    notes: () => ({}),
    reportFailure: (error, { username }) => {
      reported.push({ code: error instanceof DomainError ? error.code : 'other', username });
    },
    ...changes,
  });
  return { app, users, labs, fileServers, metrics, reported, logged };
}
