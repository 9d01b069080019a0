import { randomInt } from 'node:crypto';
import { InvalidArgumentError, Option } from 'commander';

/** Parses an integer of at least `least` of the command line. @throws InvalidArgumentError otherwise. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`a whole number from ${least} on is needed.`);
  };
}

/** The same for several, separated by commas. */
export function wholeNumbers(least: number): (text: string) => number[] {
  const read = wholeNumber(least);
  return (text) => text.split(',').map(read);
}

/** `--seed`: seed of the random numbers of a run with rounds, to repeat it. */
export function seedOption(): Option {
  return new Option('--seed <number>', 'of the first round, then counted up: one round can be repeated')
    .argParser(wholeNumber(0))
    .default(randomInt(1e9), 'random');
}
