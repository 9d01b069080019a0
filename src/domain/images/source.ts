import type { LabImage } from '../lab';
import type { ImageChoice } from '../lab-options';
import type { ImageOffer } from './image-offer';
import type { MenuEntry } from './menu';

/** The images that users choose from, in the order in which they are shown. */
export interface ImageMenu {
  /** Offered before all others; the recommended one first. */
  readonly images: readonly MenuEntry[];
  /** Everything else that may be spawned, and the same images once more. */
  readonly dropdown: readonly MenuEntry[];
}

/** Where the images that users may run come from. */
export interface ImageSource {
  /**
   * Finds the image a request asked for.
   *
   * @throws DomainError `unknown_image` or `invalid_docker_reference`, located at `body/options/<field>`;
   *   `images_unavailable` while nothing is known of images yet, or when the registry must be asked and is away.
   */
  resolve(choice: ImageChoice): Promise<LabImage>;
  /** Everything that is offered now. @throws DomainError `images_unavailable` while nothing is known of images yet. */
  offer(): Promise<ImageOffer>;
}
