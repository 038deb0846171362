// Locks of a journal as other processes leave or keep them.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const journalOf = (userDir) => join(userDir, 'runcomfy-jobs.jsonl');
const lockOf = (userDir) => `${journalOf(userDir)}.lock`;

/**
 * Makes the lock that of the first process of another container, which lives until the returned
 * function is called.
 */
export function lockElsewhere(userDir) {
	const lock = lockOf(userDir);
	writeFileSync(lock, '1 another-kernel/pid:[1] a-process');
	const touching = setInterval(() => utimesSync(lock, new Date(), new Date()), 2_000);
	return async () => clearInterval(touching);
}

/** Makes the journal one that cannot be written, until the returned function is called. */
export function blockJournal(userDir) {
	const inTheWay = `${journalOf(userDir)}.new`;
	rmSync(inTheWay, { force: true });
	mkdirSync(inTheWay);
	return async () => {
		rmSync(inTheWay, { recursive: true, force: true });
	};
}

/**
 * A command that runs another one as the first process of a container's numbering of its own, and
 * ends it with itself; undefined where the system or the user may not.
 */
export function ownProcessIds() {
	const command = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child=SIGKILL'];
	const [program, ...args] = [...command, 'true'];
	return spawnSync(program, args).status === 0 ? command : undefined;
}
