import type { Page } from 'playwright-core';

/** A text as it is shown, and the ratio of its contrast with what is behind it, by WCAG 2. */
export interface TextContrast {
  readonly text: string;
  readonly contrast: number;
}

/** Runs in the page: colours are what a canvas makes of computed styles, laid over each other. */
const MEASURING = `
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const probe = document.documentElement.appendChild(document.createElement('i'));
  probe.style.backgroundColor = 'Canvas';
  const paper = getComputedStyle(probe).backgroundColor;
  probe.remove();
  const over = (...colours) => {
    for (const colour of colours) {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
    }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => element === null ? [paper] : [...behind(element.parentElement), getComputedStyle(element).backgroundColor];
  const contrast = (colour, element) => {
    const [darker, lighter] = [over(...behind(element), colour), over(...behind(element))].map(luminance).sort((a, b) => a - b);
    return (lighter + 0.05) / (darker + 0.05);
  };`;

/**
 * Measures every text of a part of the page that is shown, options of drop-downs included, apart from what cannot be used.
 *
 * @param root selector of the part; the lab form without one
 */
export async function contrastsOfTexts(page: Page, root = '.nublado-form'): Promise<readonly TextContrast[]> {
  return page.evaluate(`(() => {
    ${MEASURING}
    const ownText = (element) => [...element.childNodes].filter(({ nodeType }) => nodeType === 3).map(({ data }) => data.trim()).join('');
    return [...document.querySelectorAll(${JSON.stringify(`${root} *`)})]
      .filter((element) => ownText(element) !== '' && (element.checkVisibility() || element.matches('option')))
      .filter((element) => !element.matches('style, script, noscript, :disabled'))
      .map((element) => ({ text: ownText(element), contrast: contrast(getComputedStyle(element).color, element) }));
  })()`);
}

/** Measures the outline of the focused element against what is around it; 1 without an outline. */
export async function outlineContrast(page: Page): Promise<number> {
  return page.evaluate(`(() => {
    ${MEASURING}
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(document.activeElement);
    const isShown = outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2;
    return isShown ? contrast(outlineColor, document.activeElement.parentElement) : 1;
  })()`);
}
