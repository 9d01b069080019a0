import type { MenuEntry } from '../../domain/images/offer';
import type { FailureReason } from '../../domain/lab-end';
import type { LabLife } from '../../domain/lab-history';
import { sizeLabel } from '../../domain/resources';
import { type Content, type Html, html, toText } from '../http/html';
import { script, style } from './assets';
import type { FormModel, FullHomeChoices, OfferedSize } from './model';

/** Whether an end was neither ordered by the user nor their own exit. */
export function isUnexpectedEnd({ endedBy, outcome }: LabLife): boolean {
  return (
    outcome === 'failed' || outcome === 'lost' || (outcome === 'stopped' && endedBy?.kind === 'operator')
  );
}

/** The way from a notice about a full home directory to the files in it. */
function filesLink(filesUrl: string | null): Content {
  if (filesUrl === null) return '';
  return html`<p><a href="${filesUrl}" target="_blank" rel="noopener">Open your files in a new tab</a></p>\n`;
}

/** The section above the form with the end of the user's last lab. */
export function lastLabSection(
  { endedAt, endedBy, image, message, reason }: LabLife,
  fullHome: FullHomeChoices | null = null,
): Html {
  const heading =
    endedBy?.kind === 'operator' ? 'Your last lab was ended by the operators' : headingOf(reason);
  const words = message === null ? '' : html`<p>${message}</p>\n`;
  return html`<section class="nublado-form-notice" aria-labelledby="last-lab">
<h2 id="last-lab">${heading}</h2>
${words}${reason === HOME_FULL ? filesLink(fullHome?.filesUrl ?? null) : ''}<p class="nublado-form-notice-facts">${endedAt === null ? '' : html`<time datetime="${endedAt}">${utc(endedAt)}</time>, `}image <code>${tagOf(image)}</code></p>
</section>
`;
}

const HOME_FULL = 'HomeFull' satisfies FailureReason;

const HEADINGS: Readonly<Record<string, string>> = {
  HomeFull: 'Your last lab did not start, since your home directory is full',
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

/** Value of the radio button with which the image of the drop-down is used; also the ID of that button. */
const FROM_DROPDOWN = 'use_image_from_dropdown';

const MOVED_ASIDE = '.cache, .conda, .config, .eups, .jupyter, .local, and .user_setups';

const OPTIONS = [
  { name: 'enable_debug', label: 'Enable debug logs' },
  { name: 'reset_user_env', label: `Reset user environment: move ${MOVED_ASIDE} aside` },
] as const;

/** The option to start all the same, offered where a full home directory has prevented that. */
const START_FULL = {
  name: 'start_with_full_home',
  label: 'Start even if my home directory is full',
} as const;

/** A check box of the form. */
interface Option {
  readonly name: string;
  readonly label: string;
}

/**
 * The form with which a user chooses a lab: an HTML fragment that JupyterHub includes in its own form. Names, IDs and
 * values of its controls, and the texts of their labels, are part of the API's contract. Above the controls is why the
 * user's last lab ended, if that was unexpected. After a full home directory there is one option more.
 */
export function renderForm(
  { username, images, dropdown, sizes, defaultSize, fullHome }: FormModel,
  last: LabLife | null = null,
): string {
  const told = last && isUnexpectedEnd(last) ? last : null;
  const isStartable = told?.reason === HOME_FULL && fullHome?.canStart;
  return toText(html`<div class="nublado-form" data-username="${username}">
${style}
${told ? lastLabSection(told, fullHome) : ''}<div class="nublado-form-columns">
<fieldset>
<legend>Image</legend>
${images.map(imageChoice)}${dropdownChoice(dropdown, images.length === 0)}</fieldset>
<div>
<fieldset>
<legend>Size</legend>
${sizes.map((offered) => sizeChoice(offered, offered.size === defaultSize))}</fieldset>
<fieldset>
<legend>Options</legend>
${OPTIONS.map(checkbox)}${isStartable ? checkbox(START_FULL) : ''}</fieldset>
</div>
</div>
${script}
</div>
`);
}

/** The fragment in place of the form for a user who cannot spawn, with the reason if the user may see it. */
export function renderUnavailable(reason: string | null = null): string {
  return toText(html`<div class="nublado-form">
<h2>Notebooks unavailable</h2>
<p>Creating a new Nublado notebook is currently unavailable.</p>
${reason === null ? '' : html`<p>${reason}</p>\n`}</div>
`);
}

const checked = (isChecked: boolean): Content => (isChecked ? html` checked` : '');

function imageChoice({ reference, name, isCached }: MenuEntry, index: number): Html {
  const id = `image${index + 1}`;
  const note = `${id}-note`;
  const isSlow = !isCached;
  const described = isSlow ? html` aria-describedby="${note}"` : '';
  return html`<div class="nublado-form-choice">
<input type="radio" name="image_list" id="${id}" value="${reference}"${described}${checked(index === 0)}>
<label for="${id}">${name}</label>
${isSlow ? html`<p class="nublado-form-note" id="${note}">Not cached everywhere yet: may start slower.</p>\n` : ''}</div>
`;
}

function dropdownChoice(images: readonly MenuEntry[], isChecked: boolean): Html {
  const disabled = images.length === 0 ? html` disabled` : '';
  const label = `${FROM_DROPDOWN}_label`;
  return html`<div class="nublado-form-choice">
<input type="radio" name="image_list" id="${FROM_DROPDOWN}" value="${FROM_DROPDOWN}"${checked(isChecked)}${disabled}>
<label for="${FROM_DROPDOWN}" id="${label}">Select uncached image (slower start):</label>
<select name="image_dropdown" aria-labelledby="${label}"${disabled}>
${optionsOf(images)}</select>
<p class="nublado-form-note" data-unscripted>To start it, choose its button, too.</p>
</div>
`;
}

const optionsByMenu = new WeakMap<readonly MenuEntry[], Html>();

/** The options of the drop-down: most of the form and the same for all users, so they are cached per offer. */
function optionsOf(images: readonly MenuEntry[]): Html {
  const known = optionsByMenu.get(images);
  if (known) return known;
  const made = html`${images.map(({ reference, name }) => html`<option value="${reference}">${name}</option>\n`)}`;
  optionsByMenu.set(images, made);
  return made;
}

function sizeChoice({ size, resources }: OfferedSize, isDefault: boolean): Html {
  return html`<div class="nublado-form-choice">
<input type="radio" name="size" id="${size}" value="${size}"${checked(isDefault)}>
<label for="${size}">${sizeLabel(size, resources.limits)}</label>
</div>
`;
}

function checkbox({ name, label }: Option): Html {
  return html`<div class="nublado-form-choice">
<input type="checkbox" name="${name}" id="${name}" value="true">
<label for="${name}">${label}</label>
</div>
`;
}
