import { randomInt } from 'node:crypto';
import { InvalidArgumentError, Option } from 'commander';

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

/** `--seed`: the chance of a run with rounds, which is then known and can be had again. */
export function seedOption(): Option {
  return new Option('--seed <number>', 'of the first round, then counted up: one round can be repeated')
    .argParser(wholeNumber(0))
    .default(randomInt(1e9), 'random');
}
