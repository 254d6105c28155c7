/** Sizes in CSS pixels; a grid in cells. */
export interface Box {
  width: number;
  height: number;
}

export interface Grid {
  cols: number;
  rows: number;
}

/** The server refuses smaller and larger grids. */
export const smallest_grid: Grid = { cols: 2, rows: 1 };
export const largest_grid: Grid = { cols: 1000, rows: 1000 };

/** The largest grid of such cells that fits, or null while there is nothing to measure (a hidden container). */
export function grid_for(container: Box, cell: Box): Grid | null {
  if (!(container.width > 0 && container.height > 0 && cell.width > 0 && cell.height > 0)) return null;
  const within = (count: number, low: number, high: number): number => Math.max(low, Math.min(high, Math.floor(count)));
  return {
    cols: within(container.width / cell.width, smallest_grid.cols, largest_grid.cols),
    rows: within(container.height / cell.height, smallest_grid.rows, largest_grid.rows),
  };
}

const smallest_font_px = 6;

/**
 * The font size at which a grid set by somebody else fits into the container. `cell` is measured at `font_size`; the
 * result is never larger than that, and never too small to recognise a shape (the view scrolls then).
 */
export function shrunken_font(container: Box, cell: Box, font_size: number, grid: Grid): number {
  if (!(container.width > 0 && container.height > 0 && cell.width > 0 && cell.height > 0)) return font_size;
  const scale = Math.min(1, container.width / (cell.width * grid.cols), container.height / (cell.height * grid.rows));
  if (scale === 1) return font_size;
  return Math.max(Math.min(smallest_font_px, font_size), Math.floor(font_size * scale * 2) / 2);
}
