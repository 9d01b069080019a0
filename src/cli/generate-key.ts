import { generateSealingKey } from '../secrets/keys';

/** Prints a new sealing key. */
export function generateKey(): void {
  console.log(generateSealingKey());
}
