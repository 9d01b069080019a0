import type { V1ContainerState, V1ContainerStatus } from '@kubernetes/client-node';
import { homeMessage } from '../../../../src/domain/home-space';
import { observePod } from '../../../../src/objects/reading/pod';
import { AN_INSTANT, FULL_HOME } from '../../../support/builders';

const ended = (exitCode: number, message: unknown = homeMessage(FULL_HOME)): V1ContainerState => ({
  terminated: { exitCode, message: message as string, finishedAt: new Date(AN_INSTANT) },
});

const check = (state: V1ContainerState, changes: Partial<V1ContainerStatus> = {}): V1ContainerStatus => ({
  name: 'nublado-std-homecheck',
  image: 'i',
  imageID: '',
  ready: false,
  restartCount: 0,
  state,
  ...changes,
});

const homeOf = (...initContainerStatuses: V1ContainerStatus[]) =>
  observePod({ metadata: { uid: 'u1' }, status: { phase: 'Pending', initContainerStatuses } }).home;

test('a check that has failed refuses the home directory', () => {
  expect(homeOf(check(ended(1)))).toEqual({ shortage: FULL_HOME, isRefused: true, at: AN_INSTANT });
});

test('a check that has completed with a message warns', () => {
  expect(homeOf(check(ended(0)))).toEqual({ shortage: FULL_HOME, isRefused: false, at: AN_INSTANT });
});

test('a check that is started again still has what it found', () => {
  const waiting = { waiting: { reason: 'CrashLoopBackOff' } };
  const lastState = ended(1);
  expect(homeOf(check(waiting, { lastState }))?.isRefused).toBe(true);
  expect(homeOf(check({ running: {} }, { lastState }))?.isRefused).toBe(true);
});

test('the last end of a check counts', () => {
  expect(homeOf(check(ended(0, ''), { lastState: ended(1) }))).toBeUndefined();
});

test.each<[string, V1ContainerStatus]>([
  ['of another container', check(ended(1), { name: 'nublado-std-startup' })],
  ['of none', check({ running: {} })],
  ['that is no text', check(ended(1, { homeSpace: FULL_HOME }))],
  ['that is no report', check(ended(1, 'Killed'))],
  ['without an exit code', check({ terminated: { message: homeMessage(FULL_HOME) } as never })],
])('a message %s says nothing', (_, status) => {
  expect(homeOf(status)).toBeUndefined();
});

test('a check that has failed without a report is an init container that has failed', () => {
  const pod = observePod({
    metadata: { uid: 'u1' },
    status: { phase: 'Pending', initContainerStatuses: [check(ended(1, 'no such option'))] },
  });
  expect(pod).toMatchObject({ container: 'nublado-std-homecheck', message: 'no such option', exitCode: 1 });
});
