import { pushImages } from '../stack/registry/push';

const REPOSITORY = 'demo/sketchbook';

const two = (number: number): string => String(number).padStart(2, '0');

/** Tags in the proportions of a science platform: 40 weeklies, 20 dailies, releases, and the recommended one. */
const TAGS = [
  ...Array.from({ length: 40 }, (_, index) => `w_2077_${two(index + 1)}`),
  ...Array.from({ length: 20 }, (_, index) => `d_2077_10_${two(index + 1)}`),
  'r28_0_0',
  'r28_0_1',
  'r28_0_2',
  'r29_0_0_rc1',
  'exp_w_2077_39_faster-io',
];

/** Pushes tiny images to a registry. Returns the configuration of their source. */
export async function fillRegistry(registry: string): Promise<{ source: object; count: number }> {
  const images = TAGS.map((tag) => ({ tag, content: tag }));
  const recommended = { tag: 'recommended', content: 'w_2077_40' };
  await pushImages(registry, REPOSITORY, [...images, recommended]);
  return { source: { type: 'docker', registry, repository: REPOSITORY }, count: images.length + 1 };
}
