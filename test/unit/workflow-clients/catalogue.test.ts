import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { MAX_TAGS } from '../../../src/activities/reduced-tags';
import type { ImageCatalogue } from '../../../src/domain/images/catalogue';
import { decodeCatalogue, encodeCatalogue } from '../../../src/workflow-clients/catalogue';

const MIB = 2 ** 20;

const nullable = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { nil: null });

const catalogues: fc.Arbitrary<ImageCatalogue> = fc.record({
  version: fc.constant(1),
  registry: fc.string(),
  repository: fc.string(),
  tags: fc.array(
    fc.record({
      tag: fc.string({ unit: 'binary' }),
      digest: nullable(fc.string()),
      size: nullable(fc.maxSafeNat()),
    }),
  ),
  nodes: fc.array(
    fc.record({
      name: fc.string(),
      isEligible: fc.boolean(),
      comment: nullable(fc.string({ unit: 'binary' })),
      digests: fc.array(fc.string()),
    }),
  ),
});

test('what is published can be read again, whatever tags and digests there are', () => {
  fc.assert(
    fc.property(catalogues, (catalogue) => {
      expect(decodeCatalogue(encodeCatalogue(catalogue))).toEqual(catalogue);
    }),
  );
});

test('the same content has the same ID, and other content another', () => {
  const distinct = ([one, other]: readonly [ImageCatalogue, ImageCatalogue]) =>
    JSON.stringify(one) !== JSON.stringify(other);
  fc.assert(
    fc.property(fc.tuple(catalogues, catalogues).filter(distinct), ([one, other]) => {
      expect(encodeCatalogue(structuredClone(one)).id).toBe(encodeCatalogue(one).id);
      expect(encodeCatalogue(other).id).not.toBe(encodeCatalogue(one).id);
    }),
  );
});

test.each([
  ['another version', { version: 2 }, 'version'],
  ['no catalogue', 'something', 'expected object'],
])('%s is refused', (_, content, complaint) => {
  const data = gzipSync(JSON.stringify(content)).toString('base64');
  expect(() => decodeCatalogue({ id: 'any', data })).toThrow(complaint);
});

/** As random as a digest is: nothing of it can be compressed but its being hexadecimal. */
const digestOf = (index: number) => `sha256:${createHash('sha256').update(String(index)).digest('hex')}`;

test('as many tags as a catalogue keeps fit too, all with digests, sizes and names without a pattern', () => {
  const tags = Array.from({ length: MAX_TAGS }, (_, index) => ({
    tag: `build_${digestOf(index).slice(7, 47)}`,
    digest: digestOf(index),
    size: 3_000_000_000 + index * 104_729,
  }));
  const catalogue = {
    version: 1,
    registry: 'registry.example.org',
    repository: 'lab/sketch',
    tags,
    nodes: [],
  } as const;

  expect(JSON.stringify(encodeCatalogue(catalogue)).length).toBeLessThan(1.25 * MIB);
});

test('3,000 tags and 200 nodes with 50 images each are far from the 2 MiB that Temporal allows', () => {
  const tags = Array.from({ length: 3_000 }, (_, index) => ({
    tag: `d_${2060 + (index % 20)}_${1 + (index % 12)}_${1 + (index % 28)}_c0050.${index}_rsp${index % 90}`,
    digest: digestOf(index),
    size: 3_000_000_000 + index * 104_729,
  }));
  const nodes = Array.from({ length: 200 }, (_, node) => ({
    name: `gke-science-platform-labs-${digestOf(node).slice(7, 15)}.example.org`,
    isEligible: node % 3 !== 0,
    comment: node % 3 === 0 ? 'Node is tainted (NoSchedule, nvidia.com/gpu = present)' : null,
    // No two nodes alike, which no cluster is as bad as.
    digests: Array.from({ length: 50 }, (_, image) =>
      digestOf((node * 7_919 + image * 61) % 3_000),
    ).toSorted(),
  }));
  const catalogue = {
    version: 1,
    registry: 'registry.example.org',
    repository: 'lab/sketch',
    tags,
    nodes,
  } as const;

  expect(JSON.stringify(encodeCatalogue(catalogue)).length).toBeLessThan(MIB);
});
