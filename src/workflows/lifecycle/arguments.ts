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
 * Type of the failure with which an update, or a workflow, refuses arguments that it cannot read. The controller itself
 * does not send such arguments.
 */
export const UNREADABLE_ARGUMENT = 'UnreadableArgument';

/** Maximum nesting of arguments; those of the controller are flatter. Very deep JSON cannot be serialised again. */
const MAX_DEPTH = 32;

/**
 * Keeps all arguments as raw payloads. The SDK would decode them before it calls the handler, and fail the workflow
 * task again and again where one is no JSON.
 */
export const RAW_ARGUMENTS: Required<Pick<PayloadTypeInfo, 'inputTypes'>> = {
  inputTypes: new Proxy<never[]>([], { get: () => rawValueTypeInfo }),
};

/** A value that every reader refuses. */
const UNDECODABLE = Symbol('undecodable');

/** Decodes the first raw argument; undefined without one. */
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
 * Decodes and reads the first raw argument.
 *
 * @throws ApplicationFailure of type `UnreadableArgument`, not retried.
 */
export function requireArgument<T>(of: string, raw: readonly unknown[], read: Reader<T>): T {
  const found = read(decodeArgument(raw));
  if (found !== undefined) return found;
  const message = `The argument of ${of} is not what it takes`;
  throw ApplicationFailure.create({ type: UNREADABLE_ARGUMENT, message, nonRetryable: true });
}

/**
 * Makes a workflow that reads its start argument first. Where it cannot, it fails at once, without any other command.
 */
export function startedWith<T>(
  name: string,
  read: Reader<T>,
  run: (argument: T) => Promise<void>,
): (argument: T) => Promise<void> {
  return withRawArguments((...raw) => run(requireArgument(`workflow ${name}`, raw, read)));
}

/** Makes a workflow without arguments, which ignores those that it is started with. */
export function startedWithoutArgument<R>(run: () => Promise<R>): () => Promise<R> {
  return withRawArguments(() => run());
}

function withRawArguments<R>(workflow: (...raw: unknown[]) => Promise<R>): (...raw: unknown[]) => Promise<R> {
  defineWorkflowOptions(workflow, { staticOptions: { typeInfo: RAW_ARGUMENTS } });
  return workflow;
}
