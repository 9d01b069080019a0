import type { StartupFailure } from './failure';

const freeSpace = (cause: string, home: string): string =>
  `${cause} Open a terminal, remove files that you do not need from \`${home}\`, and then stop\
 the lab and start it again.`;

function advice({ code }: StartupFailure, home: string): string | null {
  switch (code) {
    case 'EDQUOT':
      return freeSpace('You have used up your disk quota; `quota` shows how much it is.', home);
    case 'ENOSPC':
      return freeSpace('The file system is full, perhaps not by your files alone.', home);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `You may not write to your home directory \`${home}\`. Its owner, its mode or its file system\
 has to be put right.`;
    case 'EBADENV':
      return 'The lab was not told what it needs to know about you.';
    default:
      return null;
  }
}

/** The page, in Markdown, that a user sees instead of the usual one when the lab could not start as usual. */
export function abnormalPage(failure: StartupFailure, home: string): string {
  const paragraphs = [
    '# Your lab did not start as usual',
    'It does not use your home directory. **Do not save work here that you want to keep.**',
    advice(failure, home),
    `If that does not help, tell the operators of the site, with these words: \`${failure.message}\``,
  ];
  return `${paragraphs.filter((paragraph) => paragraph !== null).join('\n\n')}\n`;
}
