import { nodeFacts } from '../../../src/objects/node';

test('a node tells its taints, whether it takes pods, and its images by digest', () => {
  const facts = nodeFacts({
    metadata: { name: 'node-1' },
    spec: { unschedulable: true, taints: [{ key: 'gpu', effect: 'NoSchedule' }] },
    status: {
      conditions: [
        { type: 'DiskPressure', status: 'False' },
        { type: 'Ready', status: 'True' },
      ],
      images: [
        { names: ['reg/lab:w_1', 'reg/lab@sha256:1'], sizeBytes: 5 },
        { names: ['reg/other:tag'], sizeBytes: 6 },
        { sizeBytes: 7 },
        { names: ['reg/more@sha256:2', 'reg/same@sha256:3'] },
      ],
    },
  });
  expect(facts).toEqual({
    name: 'node-1',
    taints: [{ key: 'gpu', value: null, effect: 'NoSchedule' }],
    isReady: true,
    isUnschedulable: true,
    images: [
      { digest: 'sha256:1', size: 5 },
      { digest: 'sha256:2', size: null },
    ],
  });
});

test('a node that tells nothing is not ready and has nothing', () => {
  expect(nodeFacts({})).toEqual({ name: '', taints: [], isReady: false, isUnschedulable: false, images: [] });
});
