import { announce } from './announcements';
import { type Condition, isAsListed } from './conditions';
import { askName, choose, confirms, tell } from './dialogs';
import { element } from './elements';
import { counted, type Entry } from './entries';
import { chooseFolder } from './folder-choice';
import { hrefOf, nameProblem } from './names';
import type { Outcome } from './outcomes';
import { ask, isAsNow } from './requests';

/** The folder that the page shows. */
export interface Place {
  /** URL path of the served folder. */
  readonly root: string;
  /** URL path of this folder. */
  readonly folder: string;
}

/** Asks for a name and makes a folder. @returns its name; null for none */
export async function makeFolder({ folder }: Place): Promise<string | null> {
  const name = await askName('New folder', 'Name', '', nameProblem);
  if (name === null) return null;
  const outcome = await ask('MKCOL', hrefOf(folder, name));
  if (outcome.kind === 'done') {
    announce(`Folder ${name} made.`);
    return name;
  }
  await tellFailure(`The folder ${name} was not made`, outcome);
  return null;
}

/** Asks for another name and gives it. @returns the name; null for none */
export async function rename({ folder }: Place, entry: Entry): Promise<string | null> {
  const name = await askName('Rename', 'New name', entry.name, nameProblem);
  if (name === null || name === entry.name) return null;
  const isDone = await moveTo(folder, entry, hrefOf(folder, name), `${entry.name} was not renamed`);
  if (isDone) announce(`${entry.name} is now ${name}.`);
  return isDone ? name : null;
}

/** Asks for a folder and moves entries to it. */
export async function move({ root, folder }: Place, entries: readonly Entry[]): Promise<void> {
  const except = new Set(entries.map(({ name }) => hrefOf(folder, name, true)));
  const title = entries.length === 1 ? `Move ${entries[0]?.name}` : `Move ${entries.length} entries`;
  const target = await chooseFolder({ title, root, start: folder, except });
  if (target === null) return;
  let moved = 0;
  for (const entry of entries) {
    if (await moveTo(folder, entry, hrefOf(target, entry.name), `${entry.name} was not moved`)) moved += 1;
  }
  announce(`${counted(moved, 'entry', 'entries')} moved.`);
}

/** Asks and deletes entries. */
export async function remove({ folder }: Place, entries: readonly Entry[]): Promise<void> {
  const [first] = entries;
  const what = entries.length === 1 ? `${first?.name}` : `${entries.length} entries`;
  const text = entries.some(({ kind }) => kind === 'folder')
    ? 'Folders are deleted with all that is in them. What is deleted cannot be brought back.'
    : 'What is deleted cannot be brought back.';
  if (!(await confirms(`Delete ${what}?`, text, 'Delete'))) return;
  let removed = 0;
  for (const entry of entries) {
    const href = hrefOf(folder, entry.name);
    const outcome = await insisting(folder, href, entry, (condition) => ask('DELETE', href, condition));
    if (outcome.kind === 'done' || outcome.kind === 'gone') removed += 1;
    else if (outcome.kind === 'failed') await tellFailure(`${entry.name} was not deleted`, outcome);
  }
  announce(`${counted(removed, 'entry', 'entries')} deleted.`);
}

/** Moves an entry to a name that must be free. */
async function moveTo(folder: string, entry: Entry, target: string, title: string): Promise<boolean> {
  const href = hrefOf(folder, entry.name);
  const destination = new URL(target, location.href).href;
  let isTaken = false;
  const outcome = await insisting(folder, href, entry, async (condition) => {
    // A folder's own content goes with it: no condition is needed.
    const unchanged = entry.kind === 'file' ? condition : {};
    const result = await ask('MOVE', href, { ...unchanged, destination, overwrite: 'F' });
    // Status 412 is also that of a destination that there is.
    isTaken = result.kind === 'changed' && (await ask('HEAD', target)).kind === 'done';
    return isTaken ? { kind: 'failed', message: 'Something has this name already.' } : result;
  });
  if (outcome.kind === 'failed' || outcome.kind === 'gone') await tellFailure(title, outcome);
  return outcome.kind === 'done';
}

/**
 * Does something to an entry as it is in the listing. If it has changed, or is locked, the user is told and asked.
 *
 * @returns the last outcome
 */
async function insisting(
  folder: string,
  href: string,
  entry: Entry,
  action: (condition: Condition) => Promise<Outcome>,
): Promise<Outcome> {
  let condition: Condition | null = isAsListed(entry);
  for (;;) {
    const outcome: Outcome = condition === null ? { kind: 'gone' } : await action(condition);
    if (outcome.kind !== 'changed' && outcome.kind !== 'locked') return outcome;
    if (!(await asksAgain(entry.name, outcome.kind))) return outcome;
    if (outcome.kind === 'changed') condition = await isAsNow(folder, href, entry).catch(() => null);
  }
}

/** Tells that something has changed or is locked. @returns whether to try again */
export async function asksAgain(name: string, kind: 'changed' | 'locked'): Promise<boolean> {
  const isLocked = kind === 'locked';
  const choice = await choose({
    title: isLocked ? `${name} is locked` : `${name} has changed`,
    content: [
      element(
        'p',
        {},
        isLocked
          ? 'Another program is working on it, or on something in it. Close it there, then try again.'
          : 'Another program has changed it since this list was made.',
      ),
    ],
    choices: [
      { value: 'no', label: 'Leave it as it is', isFirst: true },
      { value: 'yes', label: isLocked ? 'Try again' : 'Do it nevertheless' },
    ],
  });
  return choice === 'yes';
}

/** Tells why something was not done. */
export async function tellFailure(title: string, outcome: Outcome): Promise<void> {
  const text = {
    done: '',
    changed: 'Something has changed meanwhile.',
    locked: 'Another program has locked it.',
    gone: 'It is not there any more.',
  };
  await tell(title, outcome.kind === 'failed' ? outcome.message : text[outcome.kind]);
}
