/**
 * Shares one answer among all who ask within `maxAgeMs` after it came, with one question under way at a time.
 * Failures, and answers that are not to be kept, are shared by those who waited for them and by nobody later.
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
