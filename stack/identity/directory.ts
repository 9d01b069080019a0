import { createHash } from 'node:crypto';
import { DEMO_USERS, type FakeUser } from './users';

/** Purpose of a delegated token. */
export type Delegation = 'notebook' | 'internal';

/** Tokens and their owners. */
export interface Directory {
  /** The owner of a user's token or of a token delegated from one. */
  find(token: string): FakeUser | undefined;
  /** All users that have a token of their own. */
  all(): readonly { readonly token: string; readonly user: FakeUser }[];
  put(token: string, user: FakeUser): void;
  remove(token: string): void;
  /** A token delegated from a user's own; always the same for one token and purpose. */
  delegate(token: string, purpose: Delegation): string;
  reset(): void;
}

/** A directory with the demo users. */
export function createDirectory(): Directory {
  const users = new Map(Object.entries(DEMO_USERS));
  const origins = new Map<string, string>();
  return {
    find: (token) => users.get(origins.get(token) ?? token),
    all: () => [...users].map(([token, user]) => ({ token, user })),
    put: (token, user) => users.set(token, user),
    remove: (token) => users.delete(token),
    delegate(token, purpose) {
      const origin = origins.get(token) ?? token;
      const digest = createHash('sha256').update(`${purpose} ${origin}`).digest('base64url');
      const delegated = `gt-${digest.slice(0, 22)}.${purpose}`;
      origins.set(delegated, origin);
      return delegated;
    },
    reset() {
      users.clear();
      for (const [token, user] of Object.entries(DEMO_USERS)) users.set(token, user);
    },
  };
}
