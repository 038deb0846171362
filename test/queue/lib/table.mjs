// The figures of all scenes: printed, and added to the file that the environment names.
import { appendFileSync } from 'node:fs';

/** @param {string} row @param {string} waitMode @param {string} text */
export function record(row, waitMode, text) {
	console.log(`${row} [${waitMode}]: ${text}`);
	const file = process.env.RUNCOMFY_QUEUE_FIGURES;
	if (file) appendFileSync(file, `${JSON.stringify({ row, waitMode, text })}\n`);
}
