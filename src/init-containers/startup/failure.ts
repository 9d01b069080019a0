import { describeError, errorCode, errorText, isSystemError } from '../system-error';
import type { Overrides } from './lab-process';

/** The reason for an abnormal start, in the fields that JupyterLab's extensions show to the user. */
export interface StartupFailure {
  readonly code: string;
  readonly number: number;
  readonly words: string;
  readonly message: string;
}

/** Error numbers above those of the system, for failures without one. */
const BAD_ENVIRONMENT = 200;
const UNKNOWN = 201;

/** The failure of a missing or unusable variable. */
export function badEnvironment(problem: string): StartupFailure {
  const words = 'Missing environment variable';
  return {
    code: 'EBADENV',
    number: BAD_ENVIRONMENT,
    words,
    message: `[Errno ${BAD_ENVIRONMENT}] ${words}: ${problem}`,
  };
}

/** The failure of any thrown value. */
export function failureOf(error: unknown): StartupFailure {
  const code = isSystemError(error) ? errorCode(error) : null;
  if (!isSystemError(error) || code === null) {
    const words = `Unknown error ${UNKNOWN}`;
    return { code: 'EUNKNOWN', number: UNKNOWN, words, message: `${words}: ${describeError(error)}` };
  }
  const number = -error.errno;
  const words = errorText(error);
  const place = error.path === undefined ? '' : `: '${error.path}'`;
  return { code, number, words, message: `[Errno ${number}] ${words}${place}` };
}

/** The environment variables with which the lab shows a failure. */
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

/** The Markdown page that replaces the landing page after an abnormal start; `notice` is about space in the home. */
export function abnormalPage(failure: StartupFailure, home: string, notice: string | null = null): string {
  const paragraphs = [
    '# Your lab did not start as usual',
    'It does not use your home directory. **Do not save work here that you want to keep.**',
    notice?.trim() ?? null,
    advice(failure, home),
    `If that does not help, tell the operators of the site, with these words: \`${failure.message}\``,
  ];
  return `${paragraphs.filter((paragraph) => paragraph !== null).join('\n\n')}\n`;
}
