/** Something that a command does only when it is told so explicitly; ends the process with code 2. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
