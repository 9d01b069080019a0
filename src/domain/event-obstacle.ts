import type { PodEvent } from './pod';

/** The stretches of a pod's start, in order. */
const STRETCHES = ['placement', 'volumes', 'sandbox', 'image', 'container'] as const;

type Stretch = (typeof STRETCHES)[number];

/** In which stretch an event of a starting pod is reported, by its reason. */
const REASONS: Readonly<Record<string, Stretch>> = {
  FailedScheduling: 'placement',
  Scheduled: 'placement',
  FailedAttachVolume: 'volumes',
  FailedMapVolume: 'volumes',
  FailedMount: 'volumes',
  VolumeFailedDelete: 'volumes',
  FailedCreatePodSandBox: 'sandbox',
  NetworkNotReady: 'sandbox',
  Pulling: 'image',
  Pulled: 'image',
  Created: 'container',
  Started: 'container',
};

/** Stretches that an event other than a warning says to be over. */
const ENDS: Readonly<Record<string, Stretch>> = {
  Scheduled: 'placement',
  Pulling: 'sandbox',
  Pulled: 'image',
  Started: 'container',
};

/** A warning about a starting pod that stands until the pod has got past it. */
export interface EventObstacle {
  /** For the lab's user and the operators. */
  readonly message: string;
  readonly stretch: Stretch | null;
}

/** Takes in one event after another: the last warning, dropped once a later event says that the pod got past it. */
export function obstacleAfter(known: EventObstacle | null, event: PodEvent): EventObstacle | null {
  const stretch = REASONS[event.reason] ?? null;
  if (event.type === 'Warning') return { message: textOf(event, stretch), stretch };
  const end = ENDS[event.reason];
  if (!known || !end) return known;
  const isPassed = known.stretch === null || STRETCHES.indexOf(known.stretch) <= STRETCHES.indexOf(end);
  return isPassed ? null : known;
}

function textOf({ reason, message }: PodEvent, stretch: Stretch | null): string {
  if (stretch !== 'volumes') return message;
  const step = reason === 'FailedAttachVolume' ? 'attached' : 'mounted';
  const words = message.endsWith('.') ? message.slice(0, -1) : message;
  return `A volume of the lab cannot be ${step}: ${words}. Tell the operators if this does not pass.`;
}
