import { generateSealingKey } from '../sealing/keys';

/** Prints a new sealing key. */
export function generateKey(): void {
  console.log(generateSealingKey());
}
