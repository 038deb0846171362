import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
	createRunTimes,
	plainRunTimes,
	recallRunTimes,
	type RunTimes,
	tried,
} from '../../../core/index.js';
import { perRuntime } from '../runtime.cjs';

/** @public The tests look at the file. */
export const RUN_TIMES_FILE = 'runcomfy-run-times.json';

/** Milliseconds in which what is learned is written at once. */
const GATHER_MS = 5_000;

/** Bytes; what is written is far below. */
const MOST = 1024 * 1024;

interface Kept {
	readonly times: RunTimes;
	end: () => void;
	file?: string;
	timer?: NodeJS.Timeout | undefined;
}

const kept = perRuntime(
	() => {
		const own: Kept = { times: createRunTimes(), end: () => writeAtLast(own) };
		const { set } = own.times;
		own.times.set = (deploymentId, times) => {
			const { file } = own;
			if (file !== undefined) own.timer ??= setTimeout(() => write(own, file), GATHER_MS).unref();
			return set.call(own.times, deploymentId, times);
		};
		process.once('exit', own.end);
		return own;
	},
	({ timer, end }) => {
		clearTimeout(timer);
		process.off('exit', end);
	},
);

/** How long runs take is a fact of the deployment: it outlives deploys of the flow. */
export function runTimes(): RunTimes {
	return kept().times;
}

/**
 * Takes over what an earlier process has learned, and keeps what this one learns in the user
 * directory. All of it is a hint: if it cannot be read or written, there is no error.
 */
export function keepRunTimes(userDir: unknown): void {
	if (typeof userDir !== 'string' || userDir === '') return;
	const own = kept();
	const path = join(userDir, RUN_TIMES_FILE);
	if (path === own.file) return;
	writeAtLast(own);
	recallRunTimes(own.times, read(path));
	// Nothing of that is news.
	clearTimeout(own.timer);
	own.timer = undefined;
	own.file = path;
}

function read(path: string): unknown {
	return tried(() => {
		if (statSync(path).size > MOST) return undefined;
		return (JSON.parse(readFileSync(path, 'utf8')) as { runTimes?: unknown } | null)?.runTimes;
	});
}

function timesText(times: RunTimes): string {
	return JSON.stringify({ v: 1, runTimes: plainRunTimes(times) });
}

function write(own: Kept, path: string): void {
	own.timer = undefined;
	void writeFile(`${path}.new`, timesText(own.times), { mode: 0o600 })
		.then(() => rename(`${path}.new`, path))
		.catch(() => undefined);
}

/** Writes what has been learned and is not written yet. */
function writeAtLast(own: Kept): void {
	const { file, timer } = own;
	if (timer === undefined || file === undefined) return;
	clearTimeout(timer);
	own.timer = undefined;
	// If that fails, there is a hint less.
	tried(() => {
		writeFileSync(`${file}.new`, timesText(own.times), { mode: 0o600 });
		renameSync(`${file}.new`, file);
	});
}
