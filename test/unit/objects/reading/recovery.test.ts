import * as fc from 'fast-check';
import { parseQuantity } from '../../../../src/objects/reading/recovery';

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

test.each(['', 'm', '1 Gi', '1gi', '1KiB', '1e', '1.2.3', '0x10', 'NaN', '1mm', '1e999'])(
  '"%s" is refused',
  (quantity) => {
    expect(parseQuantity(quantity)).toBeNull();
  },
);

const DECIMAL = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

test('any decimal suffix stands for its power of ten', () => {
  const suffix = fc.constantFrom(...Object.entries(DECIMAL));
  fc.assert(
    fc.property(fc.nat(999_999), suffix, (digits, [letter, power]) => {
      expect(parseQuantity(`${digits}${letter}`)).toBe(Number(`${digits}e${power}`));
      expect(parseQuantity(`${digits}e${power}`)).toBe(Number(`${digits}e${power}`));
    }),
  );
});

test('any binary suffix stands for its power of two', () => {
  fc.assert(
    fc.property(fc.nat(999_999), fc.nat(6), (digits, power) => {
      expect(parseQuantity(`${digits}${BINARY[power]}`)).toBe(digits * 1024 ** power);
    }),
  );
});

test('a text is a finite number or null', () => {
  const text = fc.string({ unit: fc.constantFrom(...'0123456789.+-eEmkKMGTPinu') });
  fc.assert(
    fc.property(text, (quantity) => {
      const number = parseQuantity(quantity);
      expect(number === null || Number.isFinite(number)).toBe(true);
    }),
  );
});
