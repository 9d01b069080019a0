import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Sealed } from '../domain/sealed';
import type { SealingKeys } from './keys';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** The lab a secret is sealed for; it opens for no other. */
export interface SealContext {
  readonly username: string;
  readonly workflowId: string;
}

export interface Sealer {
  /** Encrypts with the newest key. */
  seal(plaintext: string, context: SealContext): Sealed;
  /**
   * Decrypts with the key that sealed.
   *
   * @throws Error when the key is not known, or the value was changed or sealed for another lab; the message
   *   names the key and the workflow, never data.
   */
  open(sealed: Sealed, context: SealContext): string;
}

/** Seals and opens secret text with AES-256-GCM. */
export function createSealer(keys: SealingKeys): Sealer {
  return {
    seal(plaintext, context) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(ALGORITHM, keys.newest.key, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(bindingOf(context));
      const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
      return {
        keyId: keys.newest.id,
        iv: iv.toString('base64'),
        ciphertext: ciphertext.toString('base64'),
        tag: cipher.getAuthTag().toString('base64'),
      };
    },

    open(sealed, context) {
      const key = keys.byId.get(sealed.keyId);
      if (!key) throw new Error(`sealing key "${sealed.keyId}" is not known; ${context.workflowId} needs it`);
      try {
        const iv = Buffer.from(sealed.iv, 'base64');
        const decipher = createDecipheriv(ALGORITHM, key.key, iv, { authTagLength: TAG_BYTES });
        decipher.setAAD(bindingOf(context));
        decipher.setAuthTag(Buffer.from(sealed.tag, 'base64'));
        const ciphertext = Buffer.from(sealed.ciphertext, 'base64');
        return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
      } catch {
        throw new Error(
          `a value sealed with key "${sealed.keyId}" does not open for ${context.workflowId}: ` +
            'it was changed, or sealed for another lab or with another key of that name',
        );
      }
    },
  };
}

/** JSON keeps the two names apart, whatever characters they have. */
function bindingOf({ username, workflowId }: SealContext): Buffer {
  return Buffer.from(JSON.stringify([username, workflowId]), 'utf8');
}
