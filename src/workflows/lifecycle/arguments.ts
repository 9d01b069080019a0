import {
  ApplicationFailure,
  defaultPayloadConverter,
  type PayloadTypeInfo,
  RawValue,
  rawValueTypeInfo,
} from '@temporalio/common';
import { defineWorkflowOptions } from '@temporalio/workflow';
import { isNestedAtMost, type Reader } from '../../domain/shapes';

/**
 * Type of the failure with which an update, or a workflow, refuses arguments that it cannot read. No caller of the
 * controller's own sends such.
 */
export const UNREADABLE_ARGUMENT = 'UnreadableArgument';

/** What the controller sends itself is flatter. JSON that is nested very deeply cannot be written again. */
const MAX_DEPTH = 32;

/**
 * Leaves all arguments, however many there are, as they came. The SDK itself would decode them before it calls the
 * handler, and fail the workflow task for ever where one is no JSON.
 */
export const RAW_ARGUMENTS: Required<Pick<PayloadTypeInfo, 'inputTypes'>> = {
  inputTypes: new Proxy<never[]>([], { get: () => rawValueTypeInfo }),
};

/** What no reader takes for anything. */
const UNDECODABLE = Symbol('undecodable');

/** Decodes the first of the arguments that came as they are; undefined where there is none. */
export function decodeArgument([first]: readonly unknown[]): unknown {
  if (!(first instanceof RawValue)) return undefined;
  try {
    const value: unknown = defaultPayloadConverter.fromPayload(first.payload);
    return isNestedAtMost(value, MAX_DEPTH) ? value : UNDECODABLE;
  } catch {
    return UNDECODABLE;
  }
}

/**
 * Decodes and reads the first of the arguments that came as they are.
 *
 * @throws ApplicationFailure of type `UnreadableArgument`, not to be tried again.
 */
export function requireArgument<T>(of: string, raw: readonly unknown[], read: Reader<T>): T {
  const found = read(decodeArgument(raw));
  if (found !== undefined) return found;
  const message = `The argument of ${of} is not what it takes`;
  throw ApplicationFailure.create({ type: UNREADABLE_ARGUMENT, message, nonRetryable: true });
}

/**
 * A workflow that reads its start argument before it does anything. Where it cannot, it fails at once: it neither acts
 * nor hangs.
 */
export function startedWith<T>(
  name: string,
  read: Reader<T>,
  run: (argument: T) => Promise<void>,
): (argument: T) => Promise<void> {
  return withRawArguments((...raw) => run(requireArgument(`workflow ${name}`, raw, read)));
}

/** A workflow that takes no argument, and ignores whatever it is started with. */
export function startedWithoutArgument<R>(run: () => Promise<R>): () => Promise<R> {
  return withRawArguments(() => run());
}

function withRawArguments<R>(workflow: (...raw: unknown[]) => Promise<R>): (...raw: unknown[]) => Promise<R> {
  defineWorkflowOptions(workflow, { staticOptions: { typeInfo: RAW_ARGUMENTS } });
  return workflow;
}
