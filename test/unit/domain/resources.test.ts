import * as fc from 'fast-check';
import { bytesText, cpuText, sizeLabel } from '../../../src/domain/resources';
import { parseQuantity } from '../../../src/objects/reading/recovery';

test.each([
  [1, '1.0'],
  [9, '9.0'],
  [0, '0.0'],
  [0.25, '0.25'],
  [0.7, '0.7'],
  [1000, '1000.0'],
  [0.1 + 0.2, '0.3'],
  [1 / 3, '0.334'],
  [0.000_01, '0.001'],
])('%p cores are written %p', (cores, text) => {
  expect(cpuText(cores)).toBe(text);
});

test('thousandths of cores are read back as the number that was written', () => {
  fc.assert(
    fc.property(fc.nat(), (thousandths) => {
      const text = cpuText(thousandths / 1000);
      expect(text).toMatch(/^\d+\.\d{1,3}$/);
      expect(parseQuantity(text)).toBe(thousandths / 1000);
    }),
  );
});

test('other amounts of cores are rounded up to the next thousandth', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (cores) => {
      const written = parseQuantity(cpuText(cores)) ?? Number.NaN;
      expect(written).toBeGreaterThan(cores - 1e-5);
      expect(written).toBeLessThan(cores + 0.001);
      expect(cpuText(written)).toBe(cpuText(cores));
    }),
  );
});

test('whole bytes are read back as the number that was written', () => {
  fc.assert(fc.property(fc.maxSafeNat(), (bytes) => expect(parseQuantity(bytesText(bytes))).toBe(bytes)));
});

test.each([
  [3 * 2 ** 30, '3221225472'],
  [1023.9, '1023'],
  [2 ** 60, '1152921504606846976'],
])('%p bytes are written %p', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

test.each([
  ['small', 1, 3 * 2 ** 30, 'Small (1.0 CPU, 3Gi RAM)'],
  ['fine', 0.5, 768 * 2 ** 20, 'Fine (0.5 CPU, 768Mi RAM)'],
  ['large', 4, 6.7 * 2 ** 30, 'Large (4.0 CPU, 6.7Gi RAM)'],
  ['huge', 8, 123_457_241, 'Huge (8.0 CPU, 117.738Mi RAM)'],
  ['tiny', 1, 512, 'Tiny (1.0 CPU, 512 RAM)'],
])('the size %s with %p cores and %p bytes is called %p', (size, cpu, memory, label) => {
  expect(sizeLabel(size, { cpu, memory })).toBe(label);
});
