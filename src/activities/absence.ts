import { classify } from '../kubernetes/verdict';

/** The answer to a request for one object, or null when there is no such object. */
export async function orNull<T>(request: () => Promise<T>): Promise<T | null> {
  try {
    return await request();
  } catch (error) {
    if (classify(error).kind === 'notFound') return null;
    throw error;
  }
}
