/** The user of the registries that want one. */
export const USER = 'ada';
export const PASSWORD = 'correct-horse-battery';

/** The password as bcrypt, the only form that the registry reads. */
export const HTPASSWD = '$2b$04$bj7ACPw8ubm/8QvPH/h/U.xxy4GY9MkNrUgZtl2UAXTkGvH1z6P.C';

/** How long an account's tokens live, in seconds. */
interface Account {
  /** As the token service says. */
  readonly saidLifeS: number;
  readonly realLifeS: number;
}

/** Who gets tokens; all with the same password. */
export const TOKEN_ACCOUNTS: Readonly<Record<string, Account>> = {
  [USER]: { saidLifeS: 300, realLifeS: 300 },
  brief: { saidLifeS: 1, realLifeS: 300 },
  // Long enough for the request that a new token is asked for.
  overstated: { saidLifeS: 300, realLifeS: 5 },
};

/** Those who name nobody may pull. */
export const ANONYMOUS: Account = { saidLifeS: 300, realLifeS: 300 };
