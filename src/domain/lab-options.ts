/** Sizes an operator can configure, smallest first; `custom` stands for adopted labs that match none. */
export const LAB_SIZES = [
  'fine',
  'diminutive',
  'tiny',
  'small',
  'medium',
  'large',
  'huge',
  'gargantuan',
  'colossal',
  'custom',
] as const;

export type LabSize = (typeof LAB_SIZES)[number];

/** Classes by which an image can be asked for instead of by name. */
export const IMAGE_CLASSES = ['recommended', 'latest-release', 'latest-weekly', 'latest-daily'] as const;

export type ImageClass = (typeof IMAGE_CLASSES)[number];

/** The one way in which a request named its image; `field` is the request key, used to locate errors. */
export type ImageChoice =
  | { readonly field: 'image_list' | 'image_dropdown'; readonly reference: string }
  | { readonly field: 'image_class'; readonly imageClass: ImageClass }
  | { readonly field: 'image_tag'; readonly tag: string };

/** What a user asked for, after the form's list and sentinel rules have been applied. */
export interface LabOptions {
  readonly image: ImageChoice;
  readonly size: LabSize;
  readonly enableDebug: boolean;
  readonly resetUserEnv: boolean;
}
