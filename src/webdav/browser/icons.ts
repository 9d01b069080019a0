const symbol = (name: string, path: string) =>
  `<symbol id="icon-${name}" viewBox="0 0 24 24"><path d="${path}"/></symbol>`;

/** Icons that the page refers to by `#icon-<name>`; drawn in the colour of the text. */
export const icons = `<svg width="0" height="0" aria-hidden="true" class="icons">${[
  symbol(
    'folder',
    'M3 6.5A1.5 1.5 0 0 1 4.5 5H9l2 2.5h8.5A1.5 1.5 0 0 1 21 9v9.5a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 18.5z',
  ),
  symbol('file', 'M6 3h8l4 4v14H6zM14 3v4h4'),
  symbol('upload', 'M12 16V5m-4 4 4-4 4 4M4 16v4h16v-4'),
  symbol('download', 'M12 4v11m-4-4 4 4 4-4M4 16v4h16v-4'),
  symbol('new-folder', 'M3 6.5A1.5 1.5 0 0 1 4.5 5H9l2 2.5h10v12H3zM12 10.5v6m-3-3h6'),
  symbol('rename', 'M4 20h4L19 9l-4-4L4 16z'),
  symbol('move', 'M4 12h15m-5-5 5 5-5 5'),
  symbol('delete', 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13'),
].join('')}</svg>`;
