/**
 * Secret text encrypted for one lab, the only form in which a secret may enter a workflow history.
 * Made and opened by `secrets/seal.ts`; all binary parts are base64.
 */
export interface Sealed {
  readonly keyId: string;
  readonly iv: string;
  readonly ciphertext: string;
  readonly tag: string;
}
