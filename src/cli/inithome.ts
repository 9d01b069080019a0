import { readEnvironment } from '../config/process-environment';
import { provisionHome } from '../init-containers/home-directory';
import { readHomeOwner } from '../init-containers/home-owner';

/**
 * Creates the user's home directory, or checks the one that is there.
 *
 * @throws Error that says what an operator has to put right; the lab then does not start.
 */
export function inithome(): void {
  provisionHome(readHomeOwner(readEnvironment()), (line) => console.log(line));
}
