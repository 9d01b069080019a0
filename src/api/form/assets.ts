import { html } from '../http/html';

/**
 * The style of the form on any page. Text and lines have the page's colour; chosen and focused controls have an accent
 * colour for the light or dark colour scheme of the page, which Bootstrap 5 sets with `data-bs-theme` and other pages
 * by `color-scheme`. The user's preference applies where the page follows it: older hubs are always light.
 */
export const style = html`<style>
.nublado-form {
  --nublado-accent: #0b5ed7;
  --nublado-line: color-mix(in srgb, currentColor 30%, transparent);
  --nublado-tint: color-mix(in srgb, var(--nublado-accent) 13%, transparent);
  container-type: inline-size;
  line-height: 1.5;
  text-align: left;
}
[data-bs-theme='light'] .nublado-form { color-scheme: light; }
[data-bs-theme='dark'] .nublado-form { --nublado-accent: #6ea8fe; color-scheme: dark; }
@supports (color: light-dark(#000, #fff)) {
  .nublado-form { --nublado-accent: light-dark(#0b5ed7, #6ea8fe); }
}
.nublado-form-notice {
  margin: 0 0 1.25em;
  padding: 0.6em 0.9em;
  border: 1px solid var(--nublado-line);
  border-left: 0.35em solid var(--nublado-accent);
  border-radius: 0.5em;
  background: var(--nublado-tint);
}
.nublado-form-notice h2 { margin: 0; font-size: 1.1em; font-weight: 600; }
.nublado-form-notice p { margin: 0.25em 0 0; overflow-wrap: anywhere; }
.nublado-form-notice-facts { font-size: 0.9em; }
.nublado-form-notice code { color: inherit; }
.nublado-form-columns { display: grid; gap: 1.25em; align-items: start; }
@container (min-width: 36em) {
  .nublado-form-columns { grid-template-columns: minmax(0, 3fr) minmax(18.5em, 2fr); }
}
.nublado-form fieldset {
  min-width: 0;
  margin: 0;
  padding: 0.25em 0.75em 0.75em;
  border: 1px solid var(--nublado-line);
  border-radius: 0.5em;
}
.nublado-form fieldset + fieldset { margin-top: 1em; }
.nublado-form legend {
  float: none;
  width: auto;
  margin: 0;
  padding: 0 0.4em;
  border: 0;
  color: inherit;
  font-size: 1.1em;
  font-weight: 600;
}
.nublado-form-choice {
  display: flex;
  flex-wrap: wrap;
  align-items: baseline;
  padding: 0 0.6em;
  border-radius: 0.35em;
}
.nublado-form-choice:hover { background: color-mix(in srgb, currentColor 6%, transparent); }
.nublado-form-choice:has(:checked) { background: var(--nublado-tint); }
.nublado-form-choice input {
  flex: none;
  width: 1em;
  height: 1em;
  margin: 0;
  font-size: inherit;
  transform: translateY(0.1em);
  accent-color: var(--nublado-accent);
}
.nublado-form-choice label {
  flex: 1;
  margin: 0;
  padding: 0.4em 0 0.4em 0.6em;
  color: inherit;
  font-weight: inherit;
  overflow-wrap: anywhere;
  cursor: pointer;
}
.nublado-form-note { flex-basis: 100%; margin: -0.35em 0 0; padding: 0 0 0.4em 1.75em; font-size: 0.9em; }
.nublado-form select {
  flex-basis: calc(100% - 1.6em);
  min-width: 0;
  margin: 0 0 0.6em 1.6em;
  padding: 0.4em;
  border: 1px solid var(--nublado-line);
  border-radius: 0.35em;
  background: Field;
  color: FieldText;
  font: inherit;
}
.nublado-form :is(input, select):focus-visible { outline: 2px solid var(--nublado-accent); outline-offset: 2px; }
</style>`;

/**
 * The script of the form. A choice in the drop-down selects its radio button. The last choice is restored from the
 * browser's storage: the server stores no choices of users, and a search in Temporal for every form would lag and lose
 * entries after the retention. An image or a size that is not on offer any more is ignored; images are compared by tag,
 * since the digest may have changed. Unchanged defaults are not stored, so that the user continues to get the
 * recommended choice.
 */
export const script = html`<script>
{
  const root = document.currentScript.closest('.nublado-form');
  const find = (selector) => [...root.querySelectorAll(selector)];
  const images = find('[name=image_list]:not(#use_image_from_dropdown)');
  const sizes = find('[name=size]');
  const [fromDropdown] = find('#use_image_from_dropdown');
  const [dropdown] = find('[name=image_dropdown]');
  const key = 'nublado.lab-form.' + root.dataset.username;

  const tagged = (reference) => /^[^@]*:[^/@]+(?=@|$)/.exec(reference)?.[0];
  const findImage = (offered, reference) =>
    offered.find(({ value }) => value === reference) ??
    offered.find(({ value }) => tagged(value) !== undefined && tagged(value) === tagged(reference));
  const changed = (controls) => controls.find(({ checked, defaultChecked }) => checked && !defaultChecked)?.value;

  const recall = () => {
    const { image, size } = JSON.parse(localStorage.getItem(key)) ?? {};
    const control = findImage(images, image);
    const option = findImage([...dropdown.options], image);
    if (control) control.checked = true;
    else if (option) fromDropdown.checked = option.selected = true;
    for (const control of sizes) control.checked ||= control.value === size;
  };
  const remember = () => {
    const image = fromDropdown.checked ? dropdown.value : changed(images);
    localStorage.setItem(key, JSON.stringify({ image, size: changed(sizes) }));
  };
  // Browsers can be told to refuse storage; then every form is as the server made it.
  const attempt = (action) => () => {
    try {
      action();
    } catch {}
  };

  for (const hint of find('[data-unscripted]')) hint.remove();
  attempt(recall)();
  // With nothing chosen in it, choosing even its first option is a change.
  if (!fromDropdown.checked) dropdown.selectedIndex = -1;
  root.addEventListener('change', ({ target }) => {
    if (target === dropdown) fromDropdown.checked = true;
    else if (target === fromDropdown && dropdown.selectedIndex === -1) dropdown.selectedIndex = 0;
  });
  root.closest('form')?.addEventListener('submit', attempt(remember));
}
</script>`;
