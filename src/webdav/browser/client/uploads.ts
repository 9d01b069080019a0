import { asksAgain, type Place } from './actions';
import type { ChosenFile } from './chosen-files';
import { type Condition, IS_ABSENT, isAsListed } from './conditions';
import type { Entry } from './entries';
import { hrefOf, nameProblem } from './names';
import type { Outcome } from './outcomes';
import { Overwriting } from './overwriting';
import { ask, present } from './requests';
import { Transfer } from './transfer';

/** A chosen file with what has been sent of it. */
export interface UploadItem extends ChosenFile {
  /** Null before the first attempt, and for folders. */
  transfer: Transfer | null;
}

/** A file that was not uploaded. */
export interface UploadProblem {
  readonly item: UploadItem;
  readonly message: string;
}

/** What came of an upload. */
export interface UploadResult {
  readonly uploaded: number;
  readonly kept: number;
  readonly problems: readonly UploadProblem[];
}

/** Told how far an upload is. */
export interface UploadProgress {
  readonly begin: (item: UploadItem, index: number) => void;
  /** Bytes of all files of the upload. */
  readonly sent: (bytes: number) => void;
}

type ItemOutcome =
  | { readonly kind: 'done' | 'kept' | 'cancelled' }
  | { readonly kind: 'failed'; readonly message: string };

/** Uploads files one after the other. What has a name already is replaced only when the user says so. */
export async function upload(
  place: Place,
  items: readonly UploadItem[],
  listed: readonly Entry[],
  progress: UploadProgress,
  signal: AbortSignal,
): Promise<UploadResult> {
  const overwriting = new Overwriting();
  const folders = new Set<string>();
  const problems: UploadProblem[] = [];
  let [uploaded, kept, before] = [0, 0, 0];
  for (const [index, item] of items.entries()) {
    if (signal.aborted) break;
    progress.begin(item, index);
    const outcome = await uploadItem(item, (bytes) => progress.sent(before + bytes));
    if (outcome.kind === 'done' && item.file !== null) uploaded += 1;
    if (outcome.kind === 'kept') kept += 1;
    if (outcome.kind === 'failed') problems.push({ item, message: outcome.message });
    before += item.file?.size ?? 0;
    progress.sent(before);
  }
  return { uploaded, kept, problems };

  async function uploadItem(item: UploadItem, sent: (bytes: number) => void): Promise<ItemOutcome> {
    const { file, names } = item;
    const problem = names.map(nameProblem).find((each) => each !== null);
    if (problem !== undefined) return { kind: 'failed', message: problem };
    const made = await makeFolders(place.folder, file === null ? names : names.slice(0, -1), folders);
    if (made !== null) return { kind: 'failed', message: made };
    if (file === null) return { kind: 'done' };
    const href = names.reduce(
      (path, name, index) => hrefOf(path, name, index < names.length - 1),
      place.folder,
    );
    const transfer = (item.transfer ??= new Transfer(href, file));
    const outcome = await sendAsking(transfer, href, item, sent);
    // What only broke off can be continued.
    const isOver = outcome.kind !== 'failed' || outcome.message !== BROKEN;
    if (outcome.kind !== 'done' && isOver) {
      await transfer.abandon();
      item.transfer = null;
    }
    return outcome;
  }

  async function sendAsking(
    transfer: Transfer,
    href: string,
    { file, names }: UploadItem,
    sent: (bytes: number) => void,
  ): Promise<ItemOutcome> {
    const name = names.at(-1) ?? '';
    const size = file?.size ?? 0;
    const known =
      names.length === 1 ? listed.find((entry) => entry.name === name && entry.kind === 'file') : undefined;
    let condition: Condition = IS_ABSENT;
    if (known !== undefined) {
      if ((await overwriting.decide({ ...known, isNews: false }, size)) === 'keep') return { kind: 'kept' };
      condition = isAsListed(known);
    }
    for (;;) {
      const outcome = await transfer.send(condition, sent, signal);
      if (outcome.kind === 'changed') {
        const now = await present(href);
        const isNews = condition !== IS_ABSENT;
        if (now === null) condition = IS_ABSENT;
        else if (now.etag === null) return { kind: 'failed', message: 'A folder has this name.' };
        else if ((await overwriting.decide({ name, ...now, isNews }, size)) === 'keep')
          return { kind: 'kept' };
        else condition = isAsListed({ etag: now.etag, modified: now.modified });
      } else if (outcome.kind === 'locked') {
        if (!(await asksAgain(name, 'locked')))
          return { kind: 'failed', message: 'Another program has locked it.' };
      } else if (outcome.kind === 'broken') return { kind: 'failed', message: BROKEN };
      else if (outcome.kind === 'gone')
        return { kind: 'failed', message: 'Its folder is not there any more.' };
      else return outcome;
    }
  }
}

const BROKEN = 'The connection is broken.';

/** Makes the folders of a path that are missing. @returns what is wrong; null for nothing */
async function makeFolders(
  parent: string,
  names: readonly string[],
  made: Set<string>,
): Promise<string | null> {
  let path = parent;
  for (const name of names) {
    path = hrefOf(path, name, true);
    if (made.has(path)) continue;
    const outcome = await makeFolder(path);
    if (outcome.kind === 'failed') return outcome.message;
    if (outcome.kind !== 'done') return `The folder ${name} could not be made.`;
    made.add(path);
  }
  return null;
}

async function makeFolder(href: string): Promise<Outcome> {
  const isThere = await ask('HEAD', href);
  return isThere.kind === 'gone' ? ask('MKCOL', href) : isThere;
}
