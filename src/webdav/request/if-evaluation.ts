import type { StateList } from './if-header';

/** What is known of one resource when conditions are checked. */
export interface ResourceState {
  /** Strong entity tag; null for a collection or where there is nothing. */
  readonly etag: string | null;
  /** Tokens of all locks that cover the resource. */
  readonly tokens: ReadonlySet<string>;
}

/** Whether one of the lists is met by the states, which are in the order of the lists. */
export function isMet(lists: readonly StateList[], states: readonly ResourceState[]): boolean {
  return lists.some(({ conditions }, index) => {
    const state = states[index];
    return (
      state !== undefined &&
      conditions.every(({ isNegated, kind, value }) => {
        const holds =
          kind === 'token' ? state.tokens.has(value) : state.etag !== null && state.etag === value;
        return holds !== isNegated;
      })
    );
  });
}
