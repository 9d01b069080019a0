import { type EventObstacle, obstacleAfter } from '../../../src/domain/event-obstacle';
import { aPodEvent } from '../../support/builders';

const warning = (reason: string, message: string = reason) => aPodEvent(message, { type: 'Warning', reason });
const normal = (reason: string) => aPodEvent(reason, { reason });

const standing = (...events: ReturnType<typeof warning>[]) =>
  events.reduce<EventObstacle | null>(obstacleAfter, null)?.message ?? null;

test.each([
  ['FailedAttachVolume', 'attached'],
  ['FailedMount', 'mounted'],
])('%s is told with the volume, in the cluster’s words', (reason, step) => {
  expect(standing(warning(reason, 'MountVolume.SetUp failed for volume "home" : exit status 32.'))).toBe(
    `A volume of the lab cannot be ${step}: MountVolume.SetUp failed for volume "home" : exit status 32. Tell the operators if this does not pass.`,
  );
});

test.each([
  ['a node was found', warning('FailedScheduling'), normal('Scheduled')],
  ['the image is being pulled', warning('FailedMount'), normal('Pulling')],
  ['the image is there already', warning('FailedMount'), normal('Pulled')],
  ['the network is there', warning('FailedCreatePodSandBox'), normal('Pulling')],
  ['the container runs', warning('Unheard'), normal('Started')],
])('a warning is dropped once %s', (_, met, passed) => {
  expect(standing(met, passed)).toBeNull();
});

test.each([
  ['a node was found', warning('FailedMount'), normal('Scheduled')],
  ['one volume was attached', warning('FailedMount'), normal('SuccessfulAttachVolume')],
  ['the image was pulled', warning('Unhealthy'), normal('Other')],
])('a warning stands although %s', (_, met, other) => {
  expect(standing(met, other)).not.toBeNull();
});

test('the last warning stands', () => {
  expect(standing(warning('FailedScheduling'), normal('Scheduled'), warning('FailedMount', 'one'))).toContain(
    'one',
  );
  expect(standing(warning('FailedMount', 'one'), warning('FailedMount', 'two'))).toContain('two');
});
