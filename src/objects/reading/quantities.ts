const QUANTITY = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

const MULTIPLIERS: Readonly<Record<string, number>> = {
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Divided by rather than multiplied with, so that `700m` is 0.7 and not 0.7000000000000001. */
const DIVISORS: Readonly<Record<string, number>> = { m: 1e3, u: 1e6, n: 1e9 };

/** The number that a Kubernetes quantity stands for: cores, bytes or a count. Null for a text that is no quantity. */
export function parseQuantity(quantity: string): number | null {
  const match = QUANTITY.exec(quantity);
  if (!match) return null;
  const [, digits = '', exponent = '', suffix = ''] = match;
  const number = (Number(digits + exponent) * (MULTIPLIERS[suffix] ?? 1)) / (DIVISORS[suffix] ?? 1);
  return Number.isFinite(number) ? number : null;
}
