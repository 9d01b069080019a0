import { isSystemError, lineAbout, symbolOf, wordsOf } from '../system-error';
import type { Overrides } from './variables';

/** Why a lab cannot start as usual, in the terms that JupyterLab's extensions show to the user. */
export interface StartupFailure {
  readonly code: string;
  readonly number: number;
  readonly words: string;
  readonly message: string;
}

/** Numbers above all of the system's, for what the system has no error for. */
const BAD_ENVIRONMENT = 200;
const UNKNOWN = 201;

/** Describes a variable that is missing or cannot be used. */
export function badEnvironment(problem: string): StartupFailure {
  const words = 'Missing environment variable';
  return {
    code: 'EBADENV',
    number: BAD_ENVIRONMENT,
    words,
    message: `[Errno ${BAD_ENVIRONMENT}] ${words}: ${problem}`,
  };
}

/** Describes anything that was thrown. */
export function failureOf(error: unknown): StartupFailure {
  const code = isSystemError(error) ? symbolOf(error) : null;
  if (!isSystemError(error) || code === null) {
    const words = `Unknown error ${UNKNOWN}`;
    return { code: 'EUNKNOWN', number: UNKNOWN, words, message: `${words}: ${lineAbout(error)}` };
  }
  const number = -error.errno;
  const words = wordsOf(error);
  const place = error.path === undefined ? '' : `: '${error.path}'`;
  return { code, number, words, message: `[Errno ${number}] ${words}${place}` };
}

/** Tells the lab about a failure. */
export function abnormalVariables({ code, number, words, message }: StartupFailure): Overrides {
  return {
    ABNORMAL_STARTUP: 'TRUE',
    ABNORMAL_STARTUP_ERRNO: String(number),
    ABNORMAL_STARTUP_STRERROR: words,
    ABNORMAL_STARTUP_ERRORCODE: code,
    ABNORMAL_STARTUP_MESSAGE: message,
  };
}

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
