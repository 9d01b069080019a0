/**
 * Caches the result of a read for `maxAgeMs` after it was returned, with one read in flight at a time. Failures, and
 * results that are not to be cached, are shared by the calls that waited for them only.
 */
export function recent<Value>(
  ask: () => Promise<Value>,
  maxAgeMs: number,
  isKept: (value: Value) => boolean = () => true,
): () => Promise<Value> {
  let latest: Promise<Value> | null = null;
  let freshUntil = 0;

  const start = (): Promise<Value> => {
    const answer = ask();
    latest = answer;
    freshUntil = Number.POSITIVE_INFINITY;
    answer.then(
      (value) => {
        if (isKept(value)) freshUntil = performance.now() + maxAgeMs;
        else latest = null;
      },
      () => {
        latest = null;
      },
    );
    return answer;
  };
  return () => (latest !== null && performance.now() < freshUntil ? latest : start());
}
