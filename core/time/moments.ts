import type { Host } from '../host';

/**
 * A moment of the clock on the wall (milliseconds since the epoch) on the clock that waiting goes by.
 * One that seems to lie ahead is now: the clock was set back since.
 */
export function toMonotonic(host: Host, epochMs: number): number {
	return host.monotonic() - Math.max(0, host.now() - epochMs);
}
