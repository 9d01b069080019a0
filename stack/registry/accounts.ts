/** The user of the registries with authentication. */
export const USER = 'ada';
export const PASSWORD = 'correct-horse-battery';

/** The password's bcrypt hash, the only format of the registry. */
export const HTPASSWD = '$2b$04$bj7ACPw8ubm/8QvPH/h/U.xxy4GY9MkNrUgZtl2UAXTkGvH1z6P.C';

/** Lifetimes of an account's tokens, in seconds. */
interface Account {
  /** As in `expires_in` of the token service. */
  readonly reportedLifetimeS: number;
  readonly lifetimeS: number;
}

/** Accounts of the token service; all have the same password. */
export const TOKEN_ACCOUNTS: Readonly<Record<string, Account>> = {
  [USER]: { reportedLifetimeS: 300, lifetimeS: 300 },
  brief: { reportedLifetimeS: 1, lifetimeS: 300 },
  // Long enough for the request that a new token is asked for.
  overstated: { reportedLifetimeS: 300, lifetimeS: 5 },
};

/** Without credentials: may pull. */
export const ANONYMOUS: Account = { reportedLifetimeS: 300, lifetimeS: 300 };
