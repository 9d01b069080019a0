import type * as z from 'zod';
import type { LabResources } from '../../domain/resources';
import type { Finding } from '../diagnostics';
import { report } from '../diagnostics';
import { cpu, memory } from './quantities';
import { matching, oneOf, text } from './scalars';
import { lenientSection, section } from './section';

const amount = (what: string) =>
  lenientSection({
    cpu: cpu().describe(`CPU ${what}, in cores.`),
    memory: memory().describe(`Memory ${what}.`),
  });

const excesses = ({ limits, requests }: LabResources): Finding[] =>
  (['cpu', 'memory'] as const)
    .filter((kind) => requests[kind] > limits[kind])
    .map((kind) => ({
      path: ['requests', kind],
      value: String(requests[kind]),
      rule: 'conflict',
      message: `${requests[kind]} is more than the limit ${limits[kind]}`,
      remedy: 'Lower the request or raise the limit.',
    }));

/** Limits and requests of a container, all four given and no request above its limit. */
export const resources = lenientSection({
  limits: amount('at most').describe('What the container may use at most.'),
  requests: amount('reserved').describe('What the scheduler reserves; at most the limits.'),
})
  .superRefine((given, context) => report(excesses(given), context))
  .meta({ id: 'resources', title: 'resources' }) satisfies z.ZodType<LabResources>;

/** A container image and when its node pulls it. */
export const image = section({
  repository: matching('string', 'the name of an image repository', /^[!-~]+$/).describe(
    'Registry and repository, without a tag.',
  ),
  tag: matching('image tag', 'an image tag', /^[\w][\w.-]{0,127}$/).describe('Tag within the repository.'),
  pullPolicy: oneOf(['Always', 'IfNotPresent', 'Never'])
    .prefault('IfNotPresent')
    .describe('When nodes pull the image.'),
}).meta({ id: 'image', title: 'image' });

export type ImageConfig = z.output<typeof image>;

/** A string that may be left out or null. */
export const optionalText = () => text().nullable().prefault(null);
