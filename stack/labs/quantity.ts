const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
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

const QUANTITY = /^([+-]?[0-9.]+)(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/;

/** The number that a Kubernetes quantity such as `250m` or `4Gi` stands for. */
export function quantity(text: string): number {
  const [, digits = '', suffix, exponent = '0'] = QUANTITY.exec(text) ?? [];
  const number = Number(digits) * (suffix === undefined ? 10 ** Number(exponent) : (FACTORS[suffix] ?? NaN));
  if (digits === '' || Number.isNaN(number)) throw new Error(`"${text}" is no quantity`);
  return number;
}
