import * as fc from 'fast-check';
import { structureProblem } from '../../../../src/api/http/json';

test('documents as requests have them are of no problem, whatever their strings hold', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      expect(structureProblem(JSON.stringify(value))).toBeNull();
    }),
  );
  expect(structureProblem(JSON.stringify(['[{"'.repeat(5_000), ',\\'.repeat(20_000)]))).toBeNull();
});

test.each([100, 101])('depth is counted: %i', (depth) => {
  const text = `${'[{"a":'.repeat(depth / 2)}${depth % 2 ? '[]' : '1'}${'}]'.repeat(depth / 2)}`;
  expect(structureProblem(text) === null).toBe(depth <= 100);
});

test.each([10_000, 10_001])('values are counted: %i', (count) => {
  expect(structureProblem(JSON.stringify(Array(count).fill(1))) === null).toBe(count <= 10_000);
});

test('an unfinished text ends', () => {
  for (const text of ['', '"', '"\\', '["a', '{"a":"\\"']) expect(structureProblem(text)).toBeNull();
});
