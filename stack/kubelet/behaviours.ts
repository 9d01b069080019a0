import type { V1Pod } from '@kubernetes/client-node';

/** Pod annotation that selects a behaviour; a change on a running pod takes effect at once. */
export const BEHAVIOUR_ANNOTATION = 'stack.nublado.lsst.io/behaviour';

/**
 * Pod annotation with the delay of a `-later` behaviour after the start, such as `500ms` (default `2s`), or with the
 * duration of the image pull of a `process`.
 */
export const AFTER_ANNOTATION = 'stack.nublado.lsst.io/after';

/** How a running pod can come to an end. */
export const ENDINGS = ['exit-0', 'exit-1', 'oom-killed', 'evicted'] as const;

export type Ending = (typeof ENDINGS)[number];

/**
 * Behaviours of the simulated kubelet. Selected by annotation, else by an image tag that contains `behaviour-<name>`,
 * else `exit-0` for containers that run `/bin/true`, else `fast`. Pods with an unknown name stay Pending.
 */
export const BEHAVIOURS = [
  'fast',
  'slow',
  'image-pull-failure',
  'invalid-image',
  'config-error',
  'init-failure',
  'crash-at-start',
  'crash',
  'oom-restarted',
  'stuck-terminating',
  'process',
  ...ENDINGS,
  ...ENDINGS.map((ending) => `${ending}-later` as const),
] as const;

export type Behaviour = (typeof BEHAVIOURS)[number];

/** A jq expression for the pod's behaviour. */
const BEHAVIOUR = `(
  .metadata.annotations["${BEHAVIOUR_ANNOTATION}"]
  // (.spec.containers[0].image | capture(":[^@/]*behaviour-(?<name>[a-z0-9-]+)") | .name)
  // (if .spec.containers[0].command == ["/bin/true"] then "exit-0" else "fast" end)
)`;

/** The behaviour of a pod, without the rule for commands. */
export function behaviourOf({ metadata, spec }: V1Pod): string {
  const image = spec?.containers[0]?.image ?? '';
  return (
    metadata?.annotations?.[BEHAVIOUR_ANNOTATION] ??
    /:[^@/]*behaviour-([a-z0-9-]+)/.exec(image)?.[1] ??
    'fast'
  );
}

/** A jq condition: the pod has one of these behaviours. */
export function behavesAs(...behaviours: readonly Behaviour[]): string {
  return `(${BEHAVIOUR} | IN(${behaviours.map((name) => `"${name}"`).join(', ')}))`;
}

/** A jq expression for the delay of a `-later` behaviour. */
export const ENDING_DELAY = `
  if (${BEHAVIOUR} | endswith("-later")) then (.metadata.annotations["${AFTER_ANNOTATION}"] // "2s") else "0s" end
`;

/** A jq expression for the duration of the image pull of a `process`. */
export const PROCESS_DELAY = `.metadata.annotations["${AFTER_ANNOTATION}"] // "0s"`;
