import { choose } from './dialogs';
import { element, icon, nameElement } from './elements';
import { sorted } from './entries';
import { folderName, hrefOf, parentOf } from './names';
import { list } from './requests';

/** Where the chooser begins and what it leaves out. */
export interface FolderChoice {
  readonly title: string;
  /** URL path of the served folder. */
  readonly root: string;
  /** URL path of the folder that is shown first. */
  readonly start: string;
  /** URL paths of folders that cannot be chosen. */
  readonly except: ReadonlySet<string>;
}

/** Lets the user choose a folder by going through them. @returns its URL path; null for none */
export async function chooseFolder({ title, root, start, except }: FolderChoice): Promise<string | null> {
  let folder = start;
  const here = element('p', { class: 'here', 'aria-live': 'polite' });
  const folders = element('ul', { class: 'folders', 'aria-label': 'Folders' });
  const show = async (path: string, isFirst: boolean) => {
    const { entries } = await list(path);
    folder = path;
    here.replaceChildren('In ', nameElement(folderName(path)));
    const inside = sorted(entries, { column: 'name', isDescending: false })
      .filter(({ kind }) => kind === 'folder')
      .map(({ name }) => ({ name, path: hrefOf(path, name, true) }))
      .filter((each) => !except.has(each.path));
    const above = path === root ? [] : [{ name: '..', path: parentOf(path, root) }];
    const items = [...above, ...inside].map((each) => folderItem(each, (next) => void attempt(next, false)));
    folders.replaceChildren(...items);
    if (!isFirst) folders.querySelector('button')?.focus();
  };
  const attempt = async (path: string, isFirst: boolean) => {
    try {
      await show(path, isFirst);
    } catch (error) {
      here.textContent = error instanceof Error ? error.message : String(error);
    }
  };
  await attempt(start, true);
  const choice = await choose({
    title,
    content: [here, folders],
    choices: [
      { value: 'move', label: 'Move here', isFirst: true },
      { value: 'cancel', label: 'Cancel' },
    ],
    check: (value) =>
      value === 'move' && folder === start ? 'It is in this folder already: choose another one.' : null,
  });
  return choice === 'move' ? folder : null;
}

interface Named {
  readonly name: string;
  readonly path: string;
}

function folderItem({ name, path }: Named, open: (path: string) => void): HTMLLIElement {
  const label = name === '..' ? 'Folder above' : nameElement(name);
  const button = element('button', { type: 'button' }, icon('folder'), label);
  button.addEventListener('click', () => open(path));
  return element('li', {}, button);
}
