import { classify } from '../kubernetes/verdict';

/** Returns the response to a request for one object, or null when there is no such object. */
export async function ignoreNotFound<T>(request: () => Promise<T>): Promise<T | null> {
  try {
    return await request();
  } catch (error) {
    if (classify(error).kind === 'notFound') return null;
    throw error;
  }
}

/**
 * Returns the response to a deletion whose precondition is a UID: null when there is no object of the name, `replaced`
 * when another object has the name by now. In both cases the object with the UID is gone.
 */
export async function orGone<T>(deletion: () => Promise<T>): Promise<T | 'replaced' | null> {
  try {
    return await deletion();
  } catch (error) {
    const { kind } = classify(error);
    if (kind === 'notFound') return null;
    if (kind === 'replaced') return 'replaced';
    throw error;
  }
}
