import { isLabUrlAt } from '../../domain/lab-address';
import type { AddressProver } from '../../sealing/address-proof';
import type { Labs } from '../dependencies';
import type { KnownLab } from '../schemas/lab-state';

export interface ProvenAddressOptions {
  readonly prover: Pick<AddressProver, 'isProven'>;
  /** Told of every lab that is read with an address that is not proven. */
  readonly onUnproven: (username: string) => void;
}

/**
 * Reads labs with their URL only where the controller has read its address from the user's pod. Records are in
 * Temporal, where others can write them; a hub sends users, with their credentials, to the URL that it is given.
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
