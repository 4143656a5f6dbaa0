// In which order the queue was shown last, so that one goes from case to case without going back. In memory, of this tab.

let order: string[] = [];

export const keepOrder = (ids: string[]): void => { order = ids; };

export function besideOf(id: string): { next: string | undefined; before: string | undefined } {
  const at = order.indexOf(id);
  return { next: at < 0 ? undefined : order[at + 1], before: at < 1 ? undefined : order[at - 1] };
}

/** A case that was decided is not gone back to. */
export function leaveOrder(id: string): string | undefined {
  const { next, before } = besideOf(id);
  order = order.filter((one) => one !== id);
  return next ?? before;
}
