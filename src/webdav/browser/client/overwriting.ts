import { choose } from './dialogs';
import { element } from './elements';
import { sizeText } from './entries';

/** What is to become of a file whose name is taken. */
export type Decision = 'replace' | 'keep';

/** A file that has the name of an upload. */
export interface Taken {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
  /** Whether another program has written it since the user was asked, or since the listing. */
  readonly isNews: boolean;
}

/** Asks what is to become of files whose names are taken; an answer can hold for all of one upload. */
export class Overwriting {
  #forAll: Decision | null = null;

  /** @param size of the upload, in bytes */
  async decide({ name, size: oldSize, modified, isNews }: Taken, size: number): Promise<Decision> {
    // What has changed unseen is asked about each time.
    if (this.#forAll !== null && !isNews) return this.#forAll;
    const all = element('input', { type: 'checkbox' });
    const choice = await choose({
      title: isNews ? `${name} has changed` : `${name} is there already`,
      content: [
        element(
          'p',
          {},
          isNews ? 'Another program has written it meanwhile. ' : '',
          `The file there has ${sizeText(oldSize)} and is of ${new Date(modified).toLocaleString()}. ` +
            `Yours has ${sizeText(size)}.`,
        ),
        element('label', { class: 'all' }, all, 'The same for all further files'),
      ],
      choices: [
        { value: 'keep', label: 'Keep the file there', isFirst: true },
        { value: 'replace', label: 'Replace it', isDangerous: true },
      ],
    });
    const decision = choice ?? 'keep';
    if (all.checked) this.#forAll = decision;
    return decision;
  }
}
