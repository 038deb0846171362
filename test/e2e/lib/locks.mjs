// Locks of a journal as other processes leave or keep them.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const journalOf = (userDir) => join(userDir, 'runcomfy-jobs.jsonl');
const lockOf = (userDir) => `${journalOf(userDir)}.lock`;

/**
 * Takes the lock as the first process of another container does, and keeps it until the returned function is called.
 */
export function lockElsewhere(userDir) {
	const lock = lockOf(userDir);
	writeFileSync(lock, '1 another-kernel/pid:[1] a-process');
	const touching = setInterval(() => utimesSync(lock, new Date(), new Date()), 2_000);
	return async () => clearInterval(touching);
}

/** Makes the journal unwritable until the returned function is called. */
export function blockJournal(userDir) {
	const inTheWay = `${journalOf(userDir)}.new`;
	rmSync(inTheWay, { force: true });
	mkdirSync(inTheWay);
	return async () => {
		rmSync(inTheWay, { recursive: true, force: true });
	};
}

/**
 * A command that runs another one as the first process in a process namespace of its own, and ends it when it ends
 * itself; undefined if the system or the user does not allow that.
 */
export function ownProcessIds() {
	const command = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child=SIGKILL'];
	const [program, ...args] = [...command, 'true'];
	return spawnSync(program, args).status === 0 ? command : undefined;
}
