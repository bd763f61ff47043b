import { ENDPOINT_FAILED } from './forward/failed-attempts.js';
import { HEALTH_CHANGED } from './health/announce.js';
import { STATE_NOT_KEPT } from './kept.js';
import type { EdgeEvent } from './observe/journal.types.js';
import type { Log } from './observe/log.js';

/** One line of the log. What each data center said of an endpoint is in the event, and too much for a line. */
export function logEvent(log: Log, { type, message, data: { votes: _votes, ...data } }: EdgeEvent): void {
  if (type === STATE_NOT_KEPT) {
    log.error({ ...data, event: type }, message);
    return;
  }
  const isBad =
    type.endsWith('.refused') ||
    type === ENDPOINT_FAILED ||
    (type === 'config.applied' && Array.isArray(data.warnings) && data.warnings.length > 0) ||
    (type === HEALTH_CHANGED && (data.to === 'unhealthy' || data.to === 'critical'));
  (isBad ? log.warn : log.info)({ ...data, event: type }, message);
}
