/** An answer that is not used. Its message is a phrase that quotes nothing of the answer but an origin. */
export class AnswerRefused extends Error {
  override readonly name: string = 'AnswerRefused';
}

const KIB = 2 ** 10;
const MIB = 2 ** 20;

/** An answer with more bytes than are taken. */
export class AnswerTooLarge extends AnswerRefused {
  override readonly name = 'AnswerTooLarge';

  constructor(readonly limitBytes: number) {
    const limit = limitBytes >= MIB ? `${limitBytes / MIB} MiB` : `${limitBytes / KIB} KiB`;
    super(`an answer of more than ${limit}`);
  }
}

/** A redirect that was not followed; nothing was sent to its target. */
export class RedirectRefused extends AnswerRefused {
  override readonly name = 'RedirectRefused';

  /** `target` is the origin that the redirect led to, if it led anywhere. */
  constructor(
    readonly reason: 'elsewhere' | 'endless' | 'no-url',
    readonly target: string | null,
  ) {
    super(
      reason === 'elsewhere'
        ? `a redirect to ${target}, which is another origin; it was not followed`
        : `a redirect ${reason === 'endless' ? 'without end' : 'to what is no URL'}`,
    );
  }
}
