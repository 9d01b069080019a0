import type { LabImage } from '../lab';
import type { ImageChoice } from '../lab-options';

/** An image as people choose it. */
export interface OfferedImage {
  /** What a spawn asks for it by; with a digest where one is known. */
  readonly reference: string;
  readonly name: string;
}

/** An image that is offered before all others. */
export interface MenuImage extends OfferedImage {
  /** Whether every node that labs may run on has it; null where nothing is known of nodes. */
  readonly isCached: boolean | null;
}

/** The images that users choose from, in the order in which they are shown. */
export interface ImageMenu {
  /** The recommended one first. */
  readonly images: readonly MenuImage[];
  /** Everything else that may be spawned, and the same images once more. */
  readonly dropdown: readonly OfferedImage[];
}

/** Where the images that users may run come from. */
export interface ImageSource {
  /**
   * Finds the image a request asked for.
   *
   * @throws DomainError `unknown_image` or `invalid_docker_reference`, located at `body/options/<field>`.
   */
  resolve(choice: ImageChoice): Promise<LabImage>;
  /** @throws DomainError `images_unavailable` while nothing is known of images yet. */
  menu(): Promise<ImageMenu>;
}
