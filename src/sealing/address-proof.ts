import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { AddressProof, LabPlace, PodAddress, ProvenAddress } from '../domain/lab-address';
import type { SealingKey, SealingKeys } from './keys';

/**
 * Authenticates addresses that a controller process has read from pods, for all processes with the same sealing keys.
 */
export interface AddressProver {
  prove(place: LabPlace, address: PodAddress): AddressProof;
  /** Whether the proof holds for exactly this lab, place, pod and address. */
  isProven(place: LabPlace, address: ProvenAddress): boolean;
  /** Whether the proof also holds by the newest key alone. */
  isFresh(place: LabPlace, address: ProvenAddress): boolean;
}

/** Two, so that processes with and without the newest key accept each other's proofs while a key is being added. */
const KEYS_TO_PROVE_WITH = 2;

const MAC_KEY_BYTES = 32;

/** Authenticates addresses with HMAC-SHA-256 by keys derived from the sealing keys. */
export function createAddressProver({ byId }: SealingKeys): AddressProver {
  const keys = [...byId.values()].map(({ id, key }) => ({ id, key: macKey(key) }));
  const newest = keys.slice(-1);
  const holdsFor = (place: LabPlace, { proof, ...address }: ProvenAddress, some: typeof keys): boolean =>
    some.some(({ id, key }) => Object.hasOwn(proof, id) && isSame(proof[id], macOf(key, place, address)));

  return {
    prove: (place, address) =>
      Object.fromEntries(
        keys.slice(-KEYS_TO_PROVE_WITH).map(({ id, key }) => [id, macOf(key, place, address)]),
      ),
    isProven: (place, address) => holdsFor(place, address, keys),
    isFresh: (place, address) => holdsFor(place, address, newest),
  };
}

function macKey(key: SealingKey['key']): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', 'nublado: address of a pod', MAC_KEY_BYTES));
}

function macOf(
  key: Buffer,
  { username, namespace }: LabPlace,
  { podIp, podUid, spawnId }: PodAddress,
): string {
  const facts = JSON.stringify([username, namespace, podUid, spawnId, podIp]);
  return createHmac('sha256', key).update(facts, 'utf8').digest('base64url');
}

function isSame(given: unknown, expected: string): boolean {
  const [one, other] = [Buffer.from(String(given)), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
