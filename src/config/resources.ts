import type * as z from 'zod';
import type { LabResources } from '../domain/resources';
import { cpu, memory } from './quantities';
import { matching, oneOf, text } from './scalars';
import { lenientSection, section } from './section';

const amount = () => lenientSection({ cpu: cpu(), memory: memory() });

/** Limits and requests of a container, all four given and no request above its limit. */
export const resources = lenientSection({ limits: amount(), requests: amount() }).superRefine(
  ({ limits, requests }, context) => {
    for (const kind of ['cpu', 'memory'] as const) {
      if (requests[kind] > limits[kind]) {
        context.addIssue({
          code: 'custom',
          path: ['requests', kind],
          message: `${requests[kind]} is more than the limit ${limits[kind]}`,
        });
      }
    }
  },
) satisfies z.ZodType<LabResources>;

/** A container image and when its node pulls it. */
export const image = section({
  repository: matching('the name of an image repository', /^\S+$/),
  tag: matching('an image tag', /^[\w][\w.-]{0,127}$/),
  pullPolicy: oneOf(['Always', 'IfNotPresent', 'Never']).default('IfNotPresent'),
});

export type ImageConfig = z.output<typeof image>;

/** A string that may be left out or null. */
export const optionalText = () => text().nullable().default(null);
