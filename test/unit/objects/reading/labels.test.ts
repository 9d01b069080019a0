import { labMetadata } from '../../../../src/objects/lab/metadata';
import { objectMetadata } from '../../../../src/objects/labels';
import { podUsername } from '../../../../src/objects/reading/labels';

const owner = (category: string) =>
  podUsername({
    metadata: { labels: { 'nublado.lsst.io/category': category, 'nublado.lsst.io/user': 'rachel' } },
  });

test('the owner of a pod is the user whose lab it is', () => {
  expect(owner('lab')).toBe('rachel');
});

test('the owner of a pod is named by the annotation where the label cannot hold the name', () => {
  const username = 'ada.lovelace@example.org';
  const metadata = objectMetadata(
    labMetadata({ username, operationId: 'op', application: null, labels: {} }),
    'pod',
  );

  expect(podUsername({ metadata })).toBe(username);
});

test('the user of a pod is that of the label where an annotation is of another user, or missing', () => {
  const username = 'ada.lovelace@example.org';
  const { labels } = labMetadata({ username, operationId: 'op', application: null, labels: {} });
  const value = labels['nublado.lsst.io/user'];
  const foreign = { 'nublado.lsst.io/user': 'mallory@example.org' };

  expect([
    podUsername({ metadata: { labels } }),
    podUsername({ metadata: { labels, annotations: foreign } }),
  ]).toEqual([value, value]);
  expect(value).toMatch(/^ada-lovelace-example-org_/);
});

test('the owner of a pod is null for other pods', () => {
  expect([owner('fileserver'), podUsername({})]).toEqual([null, null]);
});
