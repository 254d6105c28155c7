/** Where the tab `from` belongs when the pointer is at `x`: past a neighbour once beyond its middle. */
export function target_index(boxes: readonly { left: number; width: number }[], from: number, x: number): number {
  let to = from;
  while (to + 1 < boxes.length && x > middle(boxes[to + 1])) to++;
  while (to > 0 && to <= from && x < middle(boxes[to - 1])) to--;
  return to;
}

function middle(box: { left: number; width: number } | undefined): number {
  return box ? box.left + box.width / 2 : 0;
}
