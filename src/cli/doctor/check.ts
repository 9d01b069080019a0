import type { Config } from '../../config/config';
import type { Environment, Metadata } from '../../config/environment';
import type { Fetch } from '../../http/fetch';
import type { Http } from '../../kubernetes/http';
import type { Outgoing } from '../../process/outgoing';
import type { TemporalClient } from '../../temporal/connection';

/** A part of the controller, each of which may have an account of its own; `all` is all of them in one process. */
export const PARTS = ['api', 'worker', 'watcher', 'all'] as const;

export type Part = (typeof PARTS)[number];

/** What a check has found. */
export interface Finding {
  /** `skipped`: it does not apply, or something that it needs has failed. */
  readonly status: 'ok' | 'warning' | 'error' | 'skipped';
  /** A phrase without any secret. */
  readonly message: string;
  /** What to do; null where nothing is to be done. */
  readonly remedy: string | null;
}

/** What checks ask, and by which settings. */
export interface Subject {
  readonly part: Part;
  readonly config: Config;
  readonly environment: Environment;
  /** The controller's own pod. */
  readonly metadata: Metadata;
  /** @throws Error when there are no credentials for a cluster. */
  readonly kubernetes: () => Http;
  /** @throws Error when the settings of Temporal cannot be used. */
  readonly temporal: () => TemporalClient;
  /** Clients whose requests end with the time for all checks. */
  readonly outgoing: { readonly [Name in keyof Outgoing]-?: Fetch };
  /** Base URL at which the API is asked; null for not at all. */
  readonly apiUrl: string | null;
  /** Time until all checks have to be done, in ms. */
  readonly remainingMs: () => number;
}

/** One thing that an installation depends on. */
export interface Check {
  /** A word for the table and for programs. */
  readonly name: string;
  /** The parts that depend on it. */
  readonly parts: readonly Part[];
  /** The name of the check that must not have failed. */
  readonly needs?: string;
  /** Whether it asks processes of the controller, which do not run before the first start. */
  readonly asksController?: boolean;
  /** Whether services log its failures anyway, so that it is left out when they start. */
  readonly isLoggedByServices?: boolean;
  /** What to do where it fails otherwise than by a finding, or is not done in time. */
  readonly remedy: string;
  /** @throws any error, whose message is then shown without credentials. */
  ask(subject: Subject): Promise<Finding>;
}

/** Nothing is wrong. */
export const ok = (message: string): Finding => ({ status: 'ok', message, remedy: null });

/** It does not apply. */
export const skipped = (message: string): Finding => ({ status: 'skipped', message, remedy: null });

/** Something is wrong, although it works. */
export const warning = (message: string, remedy: string): Finding => ({ status: 'warning', message, remedy });

/** Something does not work. */
export const failed = (message: string, remedy: string): Finding => ({ status: 'error', message, remedy });
