import type { V1ContainerState, V1Pod } from '@kubernetes/client-node';
import { BEHAVIOUR_ANNOTATION } from '../../../../stack/kubelet/behaviours';
import { type Known, nextStep } from '../../../../stack/labs/decision';

const ended = (exitCode: number): V1ContainerState => ({ terminated: { exitCode } });
const RUNNING: V1ContainerState = { running: {} };
const WAITING: V1ContainerState = { waiting: { reason: 'PodInitializing' } };

const status = (name: string, state: V1ContainerState, imageID = 'image') => ({
  name,
  state,
  image: 'image',
  imageID,
  ready: false,
  restartCount: 0,
});

interface Seen {
  readonly inits?: readonly V1ContainerState[];
  readonly isPulled?: boolean;
  readonly isDeleted?: boolean;
  readonly podIP?: string | undefined;
}

/** A pending pod with two init containers. */
function aPod({ inits = [WAITING, WAITING], isPulled = false, isDeleted = false, ...rest }: Seen): V1Pod {
  const { podIP } = { podIP: '127.80.0.2', ...rest };
  return {
    metadata: {
      annotations: { [BEHAVIOUR_ANNOTATION]: 'process' },
      ...(isDeleted ? { deletionTimestamp: new Date(0) } : {}),
    },
    spec: { initContainers: [{ name: 'first' }, { name: 'second' }], containers: [{ name: 'main' }] },
    status: {
      phase: 'Pending',
      ...(podIP === undefined ? {} : { podIP }),
      initContainerStatuses: inits.map((state, index) => status(['first', 'second'][index] ?? '', state)),
      containerStatuses: [status('main', WAITING, isPulled ? 'image' : '')],
    },
  };
}

const known = (state: Known['state'], completed = 0): Known => ({ state, restarts: 0, completed });

describe('a pod with init containers', () => {
  test.each<[string, Known, Seen, string]>([
    ['starts the first once it has its address', known('none'), {}, 'start'],
    ['waits for its address', known('none'), { podIP: undefined }, 'nothing'],
    ['waits while one runs', known('running'), { inits: [RUNNING, WAITING] }, 'nothing'],
    ['starts the second after the first', known('none', 1), { inits: [ended(0), WAITING] }, 'start'],
    ['starts one again that was lost', known('none'), { inits: [ended(0), RUNNING] }, 'start'],
    ['waits for its image after the last', known('none', 2), { inits: [ended(0), ended(0)] }, 'nothing'],
    [
      'does not run the last again while its end is told',
      known('none', 2),
      { inits: [ended(0), RUNNING] },
      'nothing',
    ],
    [
      'starts the main one with its image',
      known('none'),
      { inits: [ended(0), ended(0)], isPulled: true },
      'start',
    ],
    [
      'starts nothing after a failure, nor does a successor',
      known('none'),
      { inits: [ended(3), WAITING] },
      'nothing',
    ],
    [
      'is stopped when it is deleted',
      known('running'),
      { inits: [RUNNING, WAITING], isDeleted: true },
      'stop',
    ],
    ['is removed when it is deleted between two', known('none', 1), { isDeleted: true }, 'remove'],
    [
      'is removed when it is deleted after a failure',
      known('exited'),
      { inits: [ended(3)], isDeleted: true },
      'remove',
    ],
  ])('a pod with init containers %s', (_, here, seen, step) => {
    expect(nextStep(aPod(seen), here)).toBe(step);
  });
});
