import { duration, durationOrZero, limit, limitOrZero } from './quantities';
import { integer } from './scalars';
import { section } from './section';

/** How much one API process does at once, so that no client keeps the others from being served. */
export const limits = section({
  requests: integer(1)
    .prefault(5000)
    .describe('Requests answered at once, event streams aside; more get 503.'),
  requestsOfUser: integer(1).prefault(50).describe('The same on the account of one user; more get 429.'),
  eventStreams: integer(1).prefault(10_000).describe('Event streams open at once; more get 503.'),
  eventStreamsOfUser: integer(1).prefault(50).describe('The same on the account of one user; more get 429.'),
  spawnsPerMinute: integer(1)
    .prefault(30)
    .describe('Spawns that may be asked for in a minute on the account of one user; more get 429.'),
  fileServersPerMinute: integer(1)
    .prefault(30)
    .describe(
      'Requests for a file server in a minute on the account of one user, also for one that runs; more get 429.',
    ),
  tokenLookups: integer(1)
    .prefault(50)
    .describe('Tokens looked up at once; a hundred times as many may wait for each address, more get 503.'),
  invalidTokensPerMinute: integer(1)
    .prefault(60)
    .describe(
      'Invalid tokens from one address in a minute, after which tokens that were not valid lately get 429.',
    ),
  eventLoopDelay: limit()
    .prefault('2s')
    .describe('Mean delay of the event loop beyond which all but probes get 503.'),
  stalledReader: limit()
    .prefault('30s')
    .describe('How long the client of an event stream may take nothing of it before it is cut off.'),
  requestHeaders: limit().prefault('10s').describe('How long a connection may take to send headers.'),
  connections: integer(1).prefault(20_000).describe('Connections open at once; more are closed.'),
});

/** Limits of single steps that operators rarely need to change. */
export const timeouts = section({
  kubernetesRequest: limit().prefault('30s').describe('One request to the API server.'),
  kubernetesRetry: limitOrZero()
    .prefault('15s')
    .describe(
      'How long a read is tried again that is better given up than waited for. Steps of spawns and shutdowns are tried again until the deadline of their operation.',
    ),
  spawnCheck: limit()
    .prefault('30s')
    .describe('How often the pod is read without news of it while it starts.'),
  runCheck: limit().prefault('10m').describe('The same while it runs.'),
  deleteCheck: limit().prefault('5s').describe('The same while it goes away.'),
  terminatedRetention: limitOrZero()
    .prefault('5s')
    .describe('How long a lab that ended by itself stays readable before it is removed.'),
  labStopGracePeriod: limitOrZero()
    .prefault('1s')
    .describe(
      'Grace period of the deletion of a lab pod. A longer one makes open browser sessions show errors.',
    ),
  watchFinalCheck: limitOrZero()
    .prefault('2s')
    .describe('How long before its deadline a wait for a pod reads it for the last time.'),
  imagePullPatience: limitOrZero()
    .prefault('30s')
    .describe('How long an image may fail to be pulled before its spawn fails.'),
  unschedulablePatience: limitOrZero()
    .prefault('5m')
    .describe('How long a pod may find no node before its spawn fails.'),
  startRetryPatience: limitOrZero()
    .prefault('30s')
    .describe(
      'How long a container of a starting lab may fail, and be started again by Kubernetes, before its spawn fails.',
    ),
  restartPatience: limitOrZero()
    .prefault('5m')
    .describe(
      'How long the container of a running lab may be down, or end again and again, before the lab has ended.',
    ),
  lostNodePatience: limit()
    .nullable()
    .prefault('5m')
    .describe(
      'How long a pod that is being deleted is left to a node that cannot be reached, before it is removed from the cluster without it; null leaves it to the operators. The lab may still run on that node and write to its volumes.',
    ),
  stuckNamespacePatience: limitOrZero()
    .prefault('2m')
    .describe(
      'How long a spawn waits for the namespace of an earlier lab that does not go by itself, because an API of the cluster is away or a finalizer keeps it.',
    ),
  reconcileGrace: limitOrZero()
    .prefault('2m')
    .describe('How old a namespace must be before reconciliation takes it for abandoned.'),
  watchErrorDelay: limitOrZero().prefault('1s').describe('The first pause after a failed watch.'),
  httpClient: limit()
    .prefault('20s')
    .describe('One request to Gafaelfawr, service discovery, JupyterHub or a registry.'),
  slack: limit().prefault('20s').describe('One post to Slack.'),
  ssePing: limit().prefault('15s').describe('How often a silent event stream shows that it is alive.'),
  eventRetention: duration()
    .prefault('24h')
    .describe('How long the events of a finished operation can be read.'),
  discoveryCache: durationOrZero()
    .prefault('5m')
    .describe('How long the service discovery document is used before it is read again.'),
  garRetryDelay: limitOrZero()
    .prefault('10s')
    .describe('Pause before a listing of Google Artifact Registry is tried again.'),
  garRetries: integer(0).prefault(3).describe('How often it is tried again.'),
  readinessPatience: limitOrZero()
    .prefault('30s')
    .describe(
      'How long the API stays unready after its start for lack of a first reconciliation of labs, or of a first catalogue of images. It then takes requests, and refuses those that need what is missing.',
    ),
  shutdown: limit().prefault('30s').describe('What a process gets to stop in good order.'),
});
