import { judgeStart } from '../../../src/domain/pod-verdict';
import { aPod } from '../../support/builders';
import { judge, NOW, PATIENCE } from './start-verdicts';

describe('a full home directory', () => {
  test('a full home directory fails a spawn at once, although Kubernetes would check it again', () => {
    expect(judge(aPod().homeRefused())).toEqual({
      kind: 'failed',
      failure: {
        reason: 'HomeFull',
        message: expect.stringMatching(/^Your home directory is full: 3 MiB of 10 GiB are free/),
      },
    });
  });

  test('a full home directory leads to the user’s file server', () => {
    const filesUrl = 'https://data.example/files';
    const verdict = judgeStart(aPod().homeRefused(), { nowMs: NOW, earlier: null, filesUrl }, PATIENCE);
    expect(verdict).toMatchObject({
      failure: { message: expect.stringContaining(`Remove files at ${filesUrl},`) },
    });
  });

  test('a full home directory by which a lab starts all the same is no failure', () => {
    expect(judge(aPod().homeWarned())).toEqual({ kind: 'waiting', obstacle: null });
    expect(judge(aPod().homeWarned().running('10.0.0.1'))).toEqual({ kind: 'started', podIp: '10.0.0.1' });
  });

  test('a full home directory that a later check found room in does not fail a lab that runs', () => {
    expect(judge(aPod().homeRefused().running('10.0.0.1')).kind).toBe('started');
  });

  test('a full home directory is no reason for a pod that the cluster takes away', () => {
    expect(judge(aPod().homeRefused().evicted('low on memory'))).toMatchObject({
      failure: { reason: 'PodEvicted' },
    });
  });
});
