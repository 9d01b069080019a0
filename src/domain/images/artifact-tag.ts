/**
 * Tags of what is stored beside images and is none: signatures, attestations and bills of materials of an image by its
 * digest (`sha256-<hex>.sig`), and the list of what refers to an image (`sha256-<hex>`) of registries without an API
 * for that.
 */
const ARTIFACT = /^sha(?:256|384|512)-[0-9a-f]{40,128}(?:[.-][\w.-]+)?$/;

/** Whether a tag names something that is stored beside an image. */
export function isArtifactTag(tag: string): boolean {
  return ARTIFACT.test(tag);
}
