import { isLabUrlAt } from '../../domain/lab-address';
import type { AddressProver } from '../../sealing/address-proof';
import type { Labs } from '../dependencies';
import type { KnownLab } from '../schemas/lab-state';

export interface ProvenAddressOptions {
  readonly prover: Pick<AddressProver, 'isProven'>;
  /** Called for every lab that is read with an unproven address. */
  readonly onUnproven: (username: string) => void;
}

/**
 * Reads labs, with their URL only where its address has a valid proof. Records are in Temporal, where others may write
 * them, and the hub sends users with their credentials to the URL.
 */
export function provenAddressesOnly(
  { read }: Pick<Labs, 'read'>,
  { onUnproven, prover }: ProvenAddressOptions,
): Labs['read'] {
  const isProven = (username: string, { address, internalUrl, namespace }: KnownLab): boolean =>
    internalUrl === null ||
    (address !== undefined &&
      isLabUrlAt(internalUrl, address.podIp) &&
      prover.isProven({ username, namespace }, address));

  return async (username) => {
    const lab = await read(username);
    if (isProven(username, lab)) return lab;
    onUnproven(username);
    return { ...lab, internalUrl: null };
  };
}
