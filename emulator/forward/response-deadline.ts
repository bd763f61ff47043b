import type { Deadline, Deadlines } from '../../runtime/deadlines.js';
import type { Opened } from '../reach/reach.js';

/**
 * A deadline for whoever is at the other end of a way. While simulated latency has something under way it is nobody's
 * fault that nothing comes, and on a clock that stands still nothing ever does: the span begins anew.
 */
export function deadlineAt(opened: Opened, deadlines: Deadlines, milliseconds: number, expire: () => void): Deadline {
  const { underWay } = opened;
  if (!underWay) return deadlines.after(milliseconds, expire);
  const expired = (): void => {
    if (underWay()) deadline = deadlines.after(milliseconds, expired);
    else expire();
  };
  let deadline = deadlines.after(milliseconds, expired);
  return { cancel: () => deadline.cancel(), refresh: () => deadline.refresh() };
}
