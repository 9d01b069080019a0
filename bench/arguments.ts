import { InvalidArgumentError } from 'commander';

/** Reads a whole number of at least `least` from the command line. @throws InvalidArgumentError otherwise. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`a whole number from ${least} on is needed.`);
  };
}

/** The same for several, with commas between. */
export function wholeNumbers(least: number): (text: string) => number[] {
  const read = wholeNumber(least);
  return (text) => text.split(',').map(read);
}
