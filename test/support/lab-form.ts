import type { FormModel } from '../../src/api/form/model';
import type { MenuEntry } from '../../src/domain/images/offer';
import type { LabSize } from '../../src/domain/lab-plan';

const GIB = 1024 ** 3;

const reference = (tag: string): string => `registry.test/lab/sketchbook:${tag}`;

/** An image of the menu, by default on every node; its digest is made of its tag. */
export function aMenuImage(tag: string, name: string, isCached = true): MenuEntry {
  return { reference: `${reference(tag)}@sha256:${Buffer.from(tag).toString('hex')}`, name, isCached };
}

/** An image of the drop-down, without a digest. */
export function anOfferedImage(tag: string, name: string): MenuEntry {
  return { reference: reference(tag), name, isCached: false };
}

/** A size that requests a quarter of its limits. */
export function aSize(size: LabSize, cpu: number, gib: number): FormModel['sizes'][number] {
  const limits = { cpu, memory: gib * GIB };
  return { size, resources: { limits, requests: { cpu: cpu / 4, memory: limits.memory / 4 } } };
}

/** A form with three images on the menu, four in the drop-down and three sizes. */
export function aForm(changes: Partial<FormModel> = {}): FormModel {
  return {
    username: 'rachel',
    images: [
      aMenuImage('recommended', 'Recommended (Weekly 2077_41)'),
      aMenuImage('w_2077_44', 'Weekly 2077_44'),
      aMenuImage('d_2077_11_02', 'Daily 2077_11_02', false),
    ],
    dropdown: [
      anOfferedImage('w_2077_43', 'Weekly 2077_43'),
      anOfferedImage('w_2077_42', 'Weekly 2077_42'),
      anOfferedImage('r23_0_1', 'Release r23.0.1'),
      anOfferedImage('exp_random', 'exp_random'),
    ],
    sizes: [aSize('small', 1, 3), aSize('medium', 2, 6.7), aSize('large', 4, 12)],
    defaultSize: 'medium',
    fullHome: null,
    ...changes,
  };
}
