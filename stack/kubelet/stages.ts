import {
  BEHAVIOURS,
  type Behaviour,
  behavesAs,
  ENDING_DELAY,
  ENDINGS,
  type Ending,
  PROCESS_DELAY,
} from './behaviours';
import { type PodStage, stageDocument } from './pod-stage';
import { type PodEventTemplate, RUNNING, type StatusPatch, terminated, waiting } from './templates';

const event = (type: 'Normal' | 'Warning', reason: string, message: string): PodEventTemplate => ({
  type,
  reason,
  message,
});

const PULLING = event('Normal', 'Pulling', '"Pulling image %q" $container.image');
const PULLED = event('Normal', 'Pulled', '"Successfully pulled image %q in 1.5s" $container.image');
const CREATED = event('Normal', 'Created', '"Created container: %s" $container.name');
const STARTED = event('Normal', 'Started', '"Started container %s" $container.name');

const ALIVE = '.metadata.deletionTimestamp == null';
const PENDING = '.status.phase == "Pending"';
const RUNS = '.status.phase == "Running"';
const UNTOUCHED = '.status.containerStatuses == null';
const UNPULLED = '.status.containerStatuses[0].imageID == ""';
const HAS_INIT = '(.spec.initContainers // [] | length > 0)';
const INITIALIZED = '(.status.conditions // [] | any(.type == "Initialized" and .status == "True"))';
const waitsFor = (reason: string) => `.status.containerStatuses[0].state.waiting.reason == "${reason}"`;

const STARTS_OTHERWISE: readonly Behaviour[] = [
  'slow',
  'image-pull-failure',
  'invalid-image',
  'config-error',
  'init-failure',
  'crash-at-start',
  'process',
];
const STARTS_FAST = BEHAVIOURS.filter((behaviour) => !STARTS_OTHERWISE.includes(behaviour));

const STARTED_STATUS: StatusPatch = { phase: 'Running', state: RUNNING, isReady: true };

const START: readonly PodStage[] = [
  {
    name: 'start',
    when: [ALIVE, PENDING, UNTOUCHED, behavesAs(...STARTS_FAST)],
    events: [PULLING, PULLED, CREATED, STARTED],
    status: STARTED_STATUS,
  },
  {
    name: 'slow-pull',
    when: [ALIVE, PENDING, UNTOUCHED, behavesAs('slow')],
    delayMs: 500,
    events: [PULLING],
    status: { phase: 'Pending', state: waiting('ContainerCreating'), isInitialized: false },
  },
  {
    name: 'slow-create',
    when: [ALIVE, PENDING, waitsFor('ContainerCreating'), behavesAs('slow')],
    delayMs: 1_500,
    events: [PULLED, CREATED],
    status: { phase: 'Pending', state: waiting('PodInitializing') },
  },
  {
    name: 'slow-start',
    when: [ALIVE, PENDING, waitsFor('PodInitializing'), behavesAs('slow')],
    delayMs: 1_000,
    events: [STARTED],
    status: STARTED_STATUS,
  },
  {
    // The init containers are run by the lab runner.
    name: 'process-init',
    when: [ALIVE, PENDING, UNTOUCHED, HAS_INIT, behavesAs('process')],
    status: {
      phase: 'Pending',
      state: waiting('PodInitializing'),
      isInitialized: false,
      hasAddress: true,
      isPulled: false,
    },
  },
  {
    name: 'process-pull',
    when: [
      ALIVE,
      PENDING,
      `(if ${HAS_INIT} then (${waitsFor('PodInitializing')} and ${INITIALIZED}) else ${UNTOUCHED} end)`,
      behavesAs('process'),
    ],
    events: [PULLING],
    status: {
      phase: 'Pending',
      state: waiting('ContainerCreating'),
      initState: 'unchanged',
      isPulled: false,
    },
  },
  {
    // The rest is done by the lab runner.
    name: 'process-create',
    when: [ALIVE, PENDING, waitsFor('ContainerCreating'), UNPULLED, behavesAs('process')],
    delayFrom: PROCESS_DELAY,
    events: [PULLED, CREATED],
    status: { phase: 'Pending', state: waiting('ContainerCreating'), initState: 'unchanged' },
  },
];

const NOT_FOUND =
  '"Failed to pull image %q: failed to resolve reference %q: not found" $container.image $container.image';

const IMAGE_PULL_FAILURE: readonly PodStage[] = [
  {
    name: 'image-pull-failure',
    when: [
      ALIVE,
      PENDING,
      `(${UNTOUCHED} or ${waitsFor('ImagePullBackOff')})`,
      behavesAs('image-pull-failure'),
    ],
    // The first failure is immediate; later ones follow the back-off.
    delayFrom: `if ${UNTOUCHED} then "0s" else "5s" end`,
    events: [
      PULLING,
      event('Warning', 'Failed', NOT_FOUND),
      event('Warning', 'Failed', '"Error: ErrImagePull"'),
    ],
    status: { phase: 'Pending', state: waiting('ErrImagePull', 'not found'), isInitialized: false },
  },
  {
    name: 'image-pull-back-off',
    when: [ALIVE, PENDING, waitsFor('ErrImagePull'), behavesAs('image-pull-failure')],
    delayMs: 300,
    events: [
      event('Normal', 'BackOff', '"Back-off pulling image %q" $container.image'),
      event('Warning', 'Failed', '"Error: ImagePullBackOff"'),
    ],
    status: {
      phase: 'Pending',
      state: waiting('ImagePullBackOff', 'Back-off pulling image'),
      isInitialized: false,
    },
  },
];

const PARSE_ERROR = "couldn't parse image name: invalid reference format";
const MISSING_SECRET = 'secret "missing" not found';

/** Pods that fail to start, and stay as they are. */
const NO_START: readonly PodStage[] = [
  {
    name: 'invalid-image',
    when: [ALIVE, PENDING, UNTOUCHED, behavesAs('invalid-image')],
    events: [event('Warning', 'InspectFailed', `"Failed to apply default image tag: ${PARSE_ERROR}"`)],
    status: { phase: 'Pending', state: waiting('InvalidImageName', PARSE_ERROR) },
  },
  {
    name: 'config-error',
    when: [ALIVE, PENDING, UNTOUCHED, behavesAs('config-error')],
    events: [PULLED, event('Warning', 'Failed', '"Error: secret %q not found" "missing"')],
    status: { phase: 'Pending', state: waiting('CreateContainerConfigError', MISSING_SECRET) },
  },
  {
    name: 'init-failure',
    when: [ALIVE, PENDING, UNTOUCHED, behavesAs('init-failure')],
    status: {
      phase: 'Pending',
      state: waiting('PodInitializing'),
      isInitialized: false,
      initState: terminated(2, 'Error'),
    },
  },
];

const CRASHED = terminated(1, 'Error');
const BACK_OFF_TEXT = 'back-off 10s restarting failed container';

const CRASH: readonly PodStage[] = [
  {
    name: 'crash-at-start',
    when: [ALIVE, PENDING, UNTOUCHED, behavesAs('crash-at-start')],
    events: [PULLING, PULLED, CREATED, STARTED],
    status: { phase: 'Running', state: CRASHED },
  },
  {
    name: 'crash',
    when: [ALIVE, RUNS, '.status.containerStatuses[0].state.running != null', behavesAs('crash')],
    delayMs: 200,
    status: { phase: 'Running', state: CRASHED },
  },
  {
    name: 'crash-back-off',
    when: [ALIVE, RUNS, '.status.containerStatuses[0].state.terminated != null', behavesAs('crash')],
    delayMs: 200,
    events: [
      event(
        'Warning',
        'BackOff',
        '"Back-off restarting failed container %s in pod %s" $container.name .metadata.name',
      ),
    ],
    status: { phase: 'Running', state: waiting('CrashLoopBackOff', BACK_OFF_TEXT), lastState: CRASHED },
  },
  {
    name: 'crash-restart',
    when: [ALIVE, RUNS, waitsFor('CrashLoopBackOff'), behavesAs('crash')],
    delayMs: 1_000,
    events: [CREATED, STARTED],
    status: { ...STARTED_STATUS, lastState: CRASHED, isRestart: true },
  },
  {
    name: 'oom-restart',
    when: [ALIVE, RUNS, '.status.containerStatuses[0].restartCount == 0', behavesAs('oom-restarted')],
    delayMs: 200,
    events: [CREATED, STARTED],
    status: { ...STARTED_STATUS, lastState: terminated(137, 'OOMKilled'), isRestart: true },
  },
];

const LOW_MEMORY = 'The node was low on resource: memory.';

const ENDING_STATUS: Readonly<Record<Ending, StatusPatch>> = {
  'exit-0': { phase: 'Succeeded', state: terminated(0, 'Completed') },
  'exit-1': { phase: 'Failed', state: terminated(1, 'Error') },
  'oom-killed': { phase: 'Failed', state: terminated(137, 'OOMKilled') },
  evicted: { phase: 'Failed', state: terminated(137, 'Error'), reason: 'Evicted', message: LOW_MEMORY },
};

const endings = ENDINGS.map(
  (ending): PodStage => ({
    name: ending,
    when: [ALIVE, RUNS, behavesAs(ending, `${ending}-later`)],
    delayFrom: ENDING_DELAY,
    ...(ending === 'evicted' ? { events: [event('Warning', 'Evicted', `"${LOW_MEMORY}"`)] } : {}),
    status: ENDING_STATUS[ending],
  }),
);

const DELETION: readonly PodStage[] = [
  {
    name: 'delete',
    when: [`(${ALIVE} | not)`, `(${behavesAs('stuck-terminating', 'slow', 'process')} | not)`],
    isDeletion: true,
  },
  {
    name: 'slow-delete',
    when: [`(${ALIVE} | not)`, behavesAs('slow')],
    delayMs: 1_000,
    events: [event('Normal', 'Killing', '"Stopping container %s" $container.name')],
    isDeletion: true,
  },
];

/** All pod stages, as documents for kwok's configuration file. */
export function podStages(): object[] {
  return [...START, ...IMAGE_PULL_FAILURE, ...NO_START, ...CRASH, ...endings, ...DELETION].map(stageDocument);
}
