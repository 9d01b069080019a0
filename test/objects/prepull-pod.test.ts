import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { prepullPod } from '../../src/objects/prepull-pod';

const INPUT = {
  name: 'prepull-recommended-node-1',
  namespace: 'nublado',
  node: 'node-1',
  reference: 'registry.example.com/lab:recommended@sha256:1234',
  id: 'a-pull',
  tolerations: [
    { key: 'dedicated', operator: 'Equal', value: 'labs', effect: 'NoSchedule', tolerationSeconds: null },
    { key: null, operator: 'Exists', value: null, effect: 'NoExecute', tolerationSeconds: 60 },
  ],
  pullSecret: 'pull-secret',
} as const;

const path = join(__dirname, '../data/prepull-pod/expected.yaml');

test('a pod that pulls an image is as recorded', () => {
  const pod: unknown = JSON.parse(JSON.stringify(prepullPod(INPUT)));
  if (process.env['UPDATE_GOLDEN'] === '1') {
    writeFileSync(path, stringify(pod, { lineWidth: 0, aliasDuplicateObjects: false }));
  }
  expect(pod).toEqual(parse(readFileSync(path, 'utf8')));
});

test('without a pull secret it names none', () => {
  expect(prepullPod({ ...INPUT, pullSecret: null }).spec).not.toHaveProperty('imagePullSecrets');
});
