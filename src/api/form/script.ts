import { html } from './html';

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
