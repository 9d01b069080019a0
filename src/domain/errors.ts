/** Where in a request a problem lies: `body`, `header`, `path` or `query`, then the path inside it. */
export type ErrorLocation = readonly (string | number)[];

/**
 * Every error the API answers with, by its wire `type`, and its HTTP status.
 * The API documentation lists this table; nothing else maps codes to statuses.
 */
export const ERROR_STATUS = {
  missing_token: 401,
  invalid_token: 401,
  permission_denied: 403,
  insufficient_quota: 403,
  unknown_user: 404,
  not_supported: 404,
  not_found: 404,
  invalid_phase: 404,
  unknown_image: 400,
  invalid_docker_reference: 422,
  invalid_lab_size: 422,
  request_too_large: 413,
  too_many_requests: 429,
  lab_exists: 409,
  operation_in_progress: 409,
  delete_failed: 500,
  file_server_create_failed: 500,
  file_server_delete_failed: 500,
  gafaelfawr_error: 500,
  discovery_error: 500,
  jupyterhub_error: 500,
  internal_error: 500,
  kubernetes_error: 500,
  images_unavailable: 503,
  labs_not_reconciled: 503,
  workflow_unavailable: 503,
  workflow_timeout: 504,
  overloaded: 503,
  shutting_down: 503,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** An error with a stable code and a message for its reader, thrown where the problem is known. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly location?: ErrorLocation,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The message of a caught value, which need not be an `Error`. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
