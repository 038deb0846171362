import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRunTimes, plainRunTimes, recallRunTimes } from '../../../core/index.js';

/** @public The tests look at the file. */
export const RUN_TIMES_FILE = 'runcomfy-run-times.json';

/** Milliseconds in which what is learned is written at once. */
const GATHER_MS = 5_000;

/** Bytes; what is written is far below. */
const MOST = 1024 * 1024;

/** How long runs take is a fact of the deployment: it outlives deploys of the flow. */
export const runTimes = createRunTimes();

let file: string | undefined;
let timer: NodeJS.Timeout | undefined;

const { set } = runTimes;
runTimes.set = (deploymentId, times) => {
	set.call(runTimes, deploymentId, times);
	if (file !== undefined) timer ??= setTimeout(() => void write(), GATHER_MS).unref();
	return runTimes;
};

process.once('exit', writeAtLast);

/**
 * Takes over what an earlier process has learned, and keeps what this one learns in the user
 * directory. All of it is a hint: where it cannot be read or written, nobody is told.
 */
export function keepRunTimes(userDir: unknown): void {
	if (typeof userDir !== 'string' || userDir === '') return;
	const path = join(userDir, RUN_TIMES_FILE);
	if (path === file) return;
	writeAtLast();
	recallRunTimes(runTimes, read(path));
	// Nothing of that is news.
	clearTimeout(timer);
	timer = undefined;
	file = path;
}

function read(path: string): unknown {
	try {
		if (statSync(path).size > MOST) return undefined;
		return (JSON.parse(readFileSync(path, 'utf8')) as { runTimes?: unknown } | null)?.runTimes;
	} catch {
		return undefined;
	}
}

function text(): string {
	return JSON.stringify({ v: 1, runTimes: plainRunTimes(runTimes) });
}

async function write(): Promise<void> {
	timer = undefined;
	if (file === undefined) return;
	const path = file;
	await writeFile(`${path}.new`, text(), { mode: 0o600 })
		.then(() => rename(`${path}.new`, path))
		.catch(() => undefined);
}

/** What has been learned and is not written yet. */
function writeAtLast(): void {
	if (timer === undefined || file === undefined) return;
	clearTimeout(timer);
	timer = undefined;
	try {
		writeFileSync(`${file}.new`, text(), { mode: 0o600 });
		renameSync(`${file}.new`, file);
	} catch {
		// A hint less.
	}
}
