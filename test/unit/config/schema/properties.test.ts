import * as fc from 'fast-check';
import { template } from '../../../../src/config/schema/lab-parts';
import { cpu, duration, durationOrZero, memory } from '../../../../src/config/schema/quantities';
import { camelCase, snakeCase } from '../../../../src/config/schema/section';
import { renderTemplate } from '../../../../src/domain/template';

const UNITS = [
  ['w', 'week', 'weeks'],
  ['d', 'day', 'days'],
  ['h', 'hr', 'hour', 'hours'],
  ['m', 'min', 'mins', 'minute', 'minutes'],
  ['s', 'sec', 'secs', 'second', 'seconds'],
] as const;
const SECONDS = [604_800, 86_400, 3_600, 60, 1] as const;

/** A duration as people write it, and the seconds it stands for. */
const humanDuration = fc
  .tuple(
    fc.array(fc.option(fc.nat(500)), { minLength: 5, maxLength: 5 }),
    fc.array(fc.nat(4), { minLength: 5, maxLength: 5 }),
    fc.constantFrom('', ' ', '  '),
  )
  .map(([amounts, names, space]) => {
    const parts = amounts.flatMap((amount, index) => {
      const unit = UNITS[index]?.[(names[index] ?? 0) % (UNITS[index]?.length ?? 1)] ?? '';
      return amount === null ? [] : [`${amount}${space}${unit}`];
    });
    const seconds = amounts.reduce<number>(
      (sum, amount, index) => sum + (amount ?? 0) * (SECONDS[index] ?? 0),
      0,
    );
    return { text: parts.join(space || ' '), seconds };
  })
  .filter(({ text }) => text !== '');

test('a duration is the sum of its parts', () => {
  fc.assert(
    fc.property(humanDuration, ({ text, seconds }) => {
      expect(durationOrZero().parse(text)).toBe(seconds * 1000);
    }),
  );
});

test('seconds are read alike as number and as text', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 1e9, noNaN: true }), (seconds) => {
      expect(duration().parse(String(seconds))).toBe(duration().parse(seconds));
    }),
  );
});

test('memory is its number times its unit, whatever the case, space and final B', () => {
  const units = fc.constantFrom('', 'K', 'M', 'G', 'T', 'Ki', 'Mi', 'Gi', 'Ti');
  const styles = fc.tuple(fc.constantFrom('', ' '), fc.constantFrom('', 'B', 'b'), fc.boolean());
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4096 }), units, styles, (amount, unit, [space, byte, isLower]) => {
      const power = unit === '' ? 0 : 'KMGT'.indexOf(unit.charAt(0)) + 1;
      const bytes = amount * (unit.endsWith('i') ? 1024 : 1000) ** power;
      const text = `${amount}${space}${unit}${byte}`;
      expect(memory().parse(isLower ? text.toLowerCase() : text)).toBe(bytes);
    }),
  );
});

test('CPU is read alike in cores and in thousandths', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (millicores) => {
      expect(cpu().parse(`${millicores}m`)).toBe(millicores / 1000);
      expect(cpu().parse(String(millicores / 1000))).toBe(millicores / 1000);
    }),
  );
});

test('no value makes reading an amount throw, or gives a number that is none', () => {
  const schemas = [duration(), durationOrZero(), cpu(), memory()];
  const isAmount = (value: unknown) => typeof value === 'number' && Number.isFinite(value) && value >= 0;
  fc.assert(
    fc.property(fc.anything(), (value) => {
      const results = schemas.map((schema) => schema.safeParse(value));
      expect(results.every(({ success, data }) => !success || isAmount(data))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('a template that is accepted leaves no braces of Jinja behind', () => {
  const pieces = fc.array(fc.constantFrom('{{ uid }}', '{{gid}}', '{', '}', '{{', '{%', 'text', ' ', '\n'));
  const rendered = (text: string) => renderTemplate(text, { uid: 1, gid: 2 });
  fc.assert(
    fc.property(pieces, (parts) => {
      const { success, data } = template().safeParse(parts.join(''));
      expect(success ? rendered(data) : '').not.toMatch(/\{\{|\{%|\{#/);
    }),
  );
});

test('every camelCase key comes back from its other spelling', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]+([A-Z][a-z]+){0,4}$/), (key) => {
      expect(camelCase(snakeCase(key))).toBe(key);
    }),
  );
});
