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
