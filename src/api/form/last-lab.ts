import type { FailureReason } from '../../domain/lab-end';
import type { LabLife } from '../../domain/lab-history';
import { type Html, html } from './html';

/** Whether an end was neither ordered by the user nor their own exit. */
export function isUnexpectedEnd({ endedBy, outcome }: LabLife): boolean {
  return (
    outcome === 'failed' || outcome === 'lost' || (outcome === 'stopped' && endedBy?.kind === 'operator')
  );
}

/** The section above the form with the end of the user's last lab. */
export function lastLabSection({ endedAt, endedBy, image, message, reason }: LabLife): Html {
  const heading =
    endedBy?.kind === 'operator' ? 'Your last lab was ended by the operators' : headingOf(reason);
  const words = message === null ? '' : html`<p>${message}</p>\n`;
  return html`<section class="nublado-form-notice" aria-labelledby="last-lab">
<h2 id="last-lab">${heading}</h2>
${words}<p class="nublado-form-notice-facts">${endedAt === null ? '' : html`<time datetime="${endedAt}">${utc(endedAt)}</time>, `}image <code>${tagOf(image)}</code></p>
</section>
`;
}

const HEADINGS: Readonly<Record<string, string>> = {
  OutOfMemory: 'Your last lab ran out of memory',
  PodEvicted: 'Your last lab was evicted from its node',
  NodeLost: 'Your last lab was lost with its node',
  PodVanished: 'Your last lab was removed from the cluster',
  PodFailed: 'Your last lab ended with an error',
} satisfies Partial<Record<FailureReason, string>>;

function headingOf(reason: string | null): string {
  const heading = reason !== null && Object.hasOwn(HEADINGS, reason) ? HEADINGS[reason] : undefined;
  return heading ?? 'Your last lab could not be started';
}

/** The instant as text in UTC, since the time zone of the user is unknown. */
function utc(instant: string): string {
  return `${instant.slice(0, 10)} ${instant.slice(11, 16)} UTC`;
}

/** Short text for an image: its tag where there is one. */
function tagOf(reference: string): string {
  const [named = reference] = reference.split('@');
  return named.slice(named.lastIndexOf('/') + 1);
}
