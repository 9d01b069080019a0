import { parseQuantity } from '../../../src/objects/quantities';

test.each([
  ['250m', 0.25],
  ['700m', 0.7],
  ['4500m', 4.5],
  ['9', 9],
  ['0.25', 0.25],
  ['.5', 0.5],
  ['1.', 1],
  ['3Gi', 3 * 2 ** 30],
  ['1.5Ki', 1536],
  ['1k', 1000],
  ['2M', 2e6],
  ['1E', 1e18],
  ['1e3', 1000],
  ['1E3', 1000],
  ['5e-1', 0.5],
  ['100n', 1e-7],
  ['50u', 5e-5],
  ['-2', -2],
  ['128974848', 128974848],
])('%s stands for %d', (quantity, number) => {
  expect(parseQuantity(quantity)).toBe(number);
});

test.each(['', 'm', '1 Gi', '1gi', '1KiB', '1e', '1.2.3', '0x10', 'NaN', '1mm'])(
  '"%s" is refused',
  (quantity) => {
    expect(() => parseQuantity(quantity)).toThrow(RangeError);
  },
);
