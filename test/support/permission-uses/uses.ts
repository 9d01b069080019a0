import { ApplicationFailure } from '@temporalio/common';
import type { Permission } from '../../../scripts/permissions/rules';
import { OBSTACLE } from '../../../src/domain/obstacles';
import type { KubernetesClient } from '../../../src/kubernetes/client';
import type { LimitedAccount, Places } from '../limited-accounts';

/**
 * One way in which the product uses a permission: a function of the product, run with the credentials of an account on
 * objects made for it.
 *
 * @throws Error as the function does where something is refused.
 */
export type Use = (account: LimitedAccount, permission: Permission) => Promise<void>;

/** Uses by the name of the function, as the files of rules have it. */
export type Uses = Readonly<Record<string, Use>>;

/** What uses work with. */
export interface Surroundings {
  readonly places: Places;
  /** May do everything, to make what a use needs. */
  readonly admin: KubernetesClient;
}

let serial = 0;

/** A username that no other use has. */
export const aUsername = (): string => `user-${(serial += 1)}`;

/** What the first attempt ends with where another one looks whether objects are gone. */
const FOLLOWED: readonly unknown[] = ['NotYet', OBSTACLE];

/** Runs the first attempt of a step that asks for deletions. */
export async function once(step: () => Promise<unknown>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof ApplicationFailure && FOLLOWED.includes(error.type))) throw error;
  }
}
