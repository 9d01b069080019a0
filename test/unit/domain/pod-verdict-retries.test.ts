import { judgeStart } from '../../../src/domain/pod-verdict';
import { aPod } from '../../support/builders';
import { judgeInTurn, NOW, PATIENCE } from './start-verdicts';

describe('a container that is started again', () => {
  const failing = aPod().retried(4, 'Error', 'no route', 'prepare');

  test('a container that is started again is still what may fail the spawn while it runs again, but does not fail it then', () => {
    const late = NOW + 60_000;

    expect(judgeInTurn([NOW, failing], [late, aPod().starting()])).toMatchObject({
      kind: 'waiting',
      obstacle: { failure: { reason: 'InitContainerFailed' }, sinceMs: NOW },
    });
    expect(judgeInTurn([NOW, failing], [late, aPod().starting()], [late + 1, failing])).toMatchObject({
      kind: 'failed',
      failure: { message: expect.stringContaining('exit code 4 (Error): no route.') },
    });
  });

  test('a container that is started again counts as one obstacle, whatever each attempt ends with', () => {
    const killed = aPod().retried(137, 'OOMKilled', 'ran out of memory', 'prepare');

    expect(judgeInTurn([NOW, failing], [NOW + 20_000, killed])).toEqual({
      kind: 'failed',
      failure: {
        reason: 'OutOfMemory',
        message:
          'Init container prepare of the lab needed more memory than its limit and was killed (OOMKilled, exit code 137): ran out of memory. Choose a larger size.',
      },
    });
  });

  test('a container that is started again has been overcome once the lab runs', () => {
    expect(judgeInTurn([NOW, failing], [NOW + 60_000, aPod().running('10.0.0.1')])).toEqual({
      kind: 'started',
      podIp: '10.0.0.1',
    });
  });

  test('a container that is started again without patience fails the spawn at once', () => {
    const none = { ...PATIENCE, startRetryPatienceMs: 0 };
    expect(judgeStart(failing, { nowMs: NOW, earlier: null }, none).kind).toBe('failed');
  });

  test('a container that is started again has the patience of images in spawns that were accepted without one of its own', () => {
    const older = { imagePullPatienceMs: 30_000, unschedulablePatienceMs: 0 };
    expect(judgeStart(failing, { nowMs: NOW, earlier: null }, older)).toMatchObject({
      obstacle: { untilMs: NOW + 30_000 },
    });
  });
});

test('a sidecar is an obstacle, but never fails the start', () => {
  const pod = aPod().besideTrouble(1, 'no certificate');

  expect(judgeInTurn([NOW, pod], [NOW + 3_600_000, pod])).toMatchObject({
    kind: 'waiting',
    obstacle: {
      failure: {
        message:
          'Container mesh-proxy, which accompanies the lab, failed with exit code 1 (Error): no certificate. Try again or tell the operators.',
      },
    },
  });
});
