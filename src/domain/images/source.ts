import type { LabImage } from '../lab';
import type { ImageChoice } from '../lab-options';

/** Where the images that users may run come from. */
export interface ImageSource {
  /**
   * Finds the image a request asked for.
   *
   * @throws DomainError `unknown_image` or `invalid_docker_reference`, located at `body/options/<field>`.
   */
  resolve(choice: ImageChoice): Promise<LabImage>;
}
