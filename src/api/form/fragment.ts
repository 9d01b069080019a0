import type { MenuEntry } from '../../domain/images/offer';
import type { LabLife } from '../../domain/lab-history';
import { sizeLabel } from '../../domain/resources';
import { type Content, type Html, html, toText } from './html';
import { isUnexpectedEnd, lastLabSection } from './last-lab';
import type { FormModel, OfferedSize } from './model';
import { script } from './script';
import { style } from './style';

/** Value of the radio button with which the image of the drop-down is used; also the ID of that button. */
const FROM_DROPDOWN = 'use_image_from_dropdown';

const MOVED_ASIDE = '.cache, .conda, .config, .eups, .jupyter, .local, and .user_setups';

const OPTIONS = [
  { name: 'enable_debug', label: 'Enable debug logs' },
  { name: 'reset_user_env', label: `Reset user environment: move ${MOVED_ASIDE} aside` },
] as const;

/**
 * The form with which a user chooses a lab: an HTML fragment that JupyterHub includes in its own form. Names, IDs and
 * values of its controls, and the texts of their labels, are part of the API's contract. Above the controls is why the
 * user's last lab ended, if that was unexpected.
 */
export function renderForm(
  { username, images, dropdown, sizes, defaultSize }: FormModel,
  last: LabLife | null = null,
): string {
  return toText(html`<div class="nublado-form" data-username="${username}">
${style}
${last && isUnexpectedEnd(last) ? lastLabSection(last) : ''}<div class="nublado-form-columns">
<fieldset>
<legend>Image</legend>
${images.map(imageChoice)}${dropdownChoice(dropdown, images.length === 0)}</fieldset>
<div>
<fieldset>
<legend>Size</legend>
${sizes.map((offered) => sizeChoice(offered, offered.size === defaultSize))}</fieldset>
<fieldset>
<legend>Options</legend>
${OPTIONS.map(checkbox)}</fieldset>
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

function checkbox({ name, label }: (typeof OPTIONS)[number]): Html {
  return html`<div class="nublado-form-choice">
<input type="checkbox" name="${name}" id="${name}" value="true">
<label for="${name}">${label}</label>
</div>
`;
}
