// What both hosts are measured with.
export const MB = 1024 * 1024;
/** A long video's size. */
export const BIG_BYTES = 256 * MB;
/** Milliseconds of one simulated run. */
export const RUN_MS = 5_000;
export const SLOTS = 10;
