import { nodeFacts } from '../../../../src/objects/reading/node';

test('the facts of a node have its taints, whether it takes pods, and each image by all of its names', () => {
  const facts = nodeFacts({
    metadata: { name: 'node-1' },
    spec: { unschedulable: true, taints: [{ key: 'gpu', effect: 'NoSchedule' }] },
    status: {
      conditions: [
        { type: 'DiskPressure', status: 'False' },
        { type: 'Ready', status: 'True' },
      ],
      images: [
        { names: ['reg.org/lab:w_1', 'reg.org/lab@sha256:1'], sizeBytes: 5 },
        { names: ['reg.org/other:tag', 'lab'], sizeBytes: 6 },
        { sizeBytes: 7 },
        { names: ['reg.org/more@sha256:2', 'reg.org/more:1', 'reg.org/same@sha256:3'] },
      ],
    },
  });
  expect(facts).toEqual({
    name: 'node-1',
    taints: [{ key: 'gpu', value: null, effect: 'NoSchedule' }],
    isReady: true,
    isUnschedulable: true,
    images: [
      { digests: ['sha256:1'], tags: ['reg.org/lab:w_1'], size: 5 },
      { digests: [], tags: ['reg.org/other:tag', 'docker.io/library/lab:latest'], size: 6 },
      { digests: [], tags: [], size: 7 },
      { digests: ['sha256:2', 'sha256:3'], tags: ['reg.org/more:1'], size: null },
    ],
  });
});

test('an empty node is not ready and has no images', () => {
  expect(nodeFacts({})).toEqual({ name: '', taints: [], isReady: false, isUnschedulable: false, images: [] });
});
