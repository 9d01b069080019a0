/**
 * A secret encrypted for one purpose: the only form in which a secret may be in a workflow history. Binary parts are
 * base64.
 */
export interface Sealed {
  /** Of the form; absent for this one. A later form must have it, and may have other fields. */
  readonly version?: number;
  readonly keyId: string;
  readonly iv: string;
  readonly ciphertext: string;
  readonly tag: string;
}

/** The configuration that a spawn was accepted under, sealed since files may hold confidential values. */
export interface SealedConfiguration {
  readonly id: string;
  readonly source: Sealed;
}
