// The figures of all tests: printed, and added to the file that the environment names.
import { appendFileSync } from 'node:fs';

/** @param {string} row @param {string} text */
export function record(row, text) {
	console.log(`${row}: ${text}`);
	const file = process.env.RUNCOMFY_QUEUE_FIGURES;
	if (file) appendFileSync(file, `${JSON.stringify({ row, text })}\n`);
}
