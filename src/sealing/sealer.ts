import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Sealed } from '../domain/lab-plan';
import type { SealingKey, SealingKeys } from './keys';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Associated data of a sealed value, with which alone it opens: one spawn of a workflow with all its terms; or a
 * version of the configuration.
 */
export type SealContext =
  | { readonly workflowId: string; readonly terms: unknown }
  | { readonly configuration: string };

/** Thrown for a value that was changed, or sealed with other associated data. */
export class SealMismatch extends Error {
  override readonly name = 'SealMismatch';
}

export interface Sealer {
  /** Encrypts with the newest key. */
  seal(plaintext: string, context: SealContext): Sealed;
  /**
   * Decrypts with the key of `sealed.keyId`.
   *
   * @throws SealMismatch when the value was changed or sealed for something else; Error when the key or the format is not
   *   known, which a retry may find otherwise. The message has the IDs of key, format and context, no data.
   */
  open(sealed: Sealed, context: SealContext): string;
  /** HMAC-SHA-256 of a text by the newest key, in hexadecimal. */
  readonly fingerprint: (text: string) => string;
  /** Whether this is the text's fingerprint by any of the keys; compares in constant time. */
  readonly hasFingerprint: (text: string, fingerprint: string) => boolean;
}

/** Creates a sealer that encrypts with AES-256-GCM. */
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
      if (sealed.version !== undefined) {
        throw new Error(
          `sealed values of version ${sealed.version} are not known; ${nameOf(context)} needs them`,
        );
      }
      const key = keys.byId.get(sealed.keyId);
      if (!key) throw new Error(`sealing key "${sealed.keyId}" is not known; ${nameOf(context)} needs it`);
      try {
        const iv = Buffer.from(sealed.iv, 'base64');
        const decipher = createDecipheriv(ALGORITHM, key.key, iv, { authTagLength: TAG_BYTES });
        decipher.setAAD(bindingOf(context));
        decipher.setAuthTag(Buffer.from(sealed.tag, 'base64'));
        const ciphertext = Buffer.from(sealed.ciphertext, 'base64');
        return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
      } catch {
        throw new SealMismatch(
          `a value sealed with key "${sealed.keyId}" does not open for ${nameOf(context)}: ` +
            'it was changed, or sealed for something else or with another key of that name',
        );
      }
    },

    fingerprint: (text) => fingerprintBy(keys.newest, text),

    hasFingerprint(text, fingerprint) {
      const given = Buffer.from(fingerprint);
      return [...keys.byId.values()].some((key) => {
        const expected = Buffer.from(fingerprintBy(key, text));
        return given.length === expected.length && timingSafeEqual(given, expected);
      });
    },
  };
}

function fingerprintBy({ key }: SealingKey, text: string): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('hex');
}

function nameOf(context: SealContext): string {
  return 'configuration' in context ? `configuration ${context.configuration}` : context.workflowId;
}

/** Associated data of a context: the same bytes before and after the terms went through JSON. */
function bindingOf(context: SealContext): Buffer {
  const bound =
    'configuration' in context
      ? { configuration: context.configuration }
      : [context.workflowId, context.terms];
  return Buffer.from(canonicalJson(bound), 'utf8');
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON with sorted keys, so that equal values give equal texts. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    isObject(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
}
