import { startStack } from '../../stack/start';

/** A program that starts a stack for itself, says so, and then goes on until it is killed. */
startStack({ name: process.argv[2] ?? '' }).then(
  (stack) => process.stdout.write(`${JSON.stringify(stack)}\n`),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);
