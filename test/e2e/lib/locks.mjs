// Locks of a journal as other processes leave or keep them.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const journalOf = (userDir) => join(userDir, 'runcomfy-jobs.jsonl');
const lockOf = (userDir) => `${journalOf(userDir)}.lock`;

/**
 * Makes the lock that of a process that has been killed, and whose parent does not ask about it.
 * @returns what ends the parent
 */
export async function lockOfZombie(userDir) {
	// A shell that is stopped does not ask what became of its child.
	const shell = spawn('sh', ['-c', 'sleep 60 & echo $!; wait'], { stdio: 'pipe' });
	const pid = await new Promise((resolve) => {
		shell.stdout.once('data', (data) => resolve(Number(String(data).trim())));
	});
	shell.kill('SIGSTOP');
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
	const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
	process.kill(pid, 'SIGKILL');
	writeFileSync(lockOf(userDir), `${pid} ${start}`);
	return async () => void shell.kill('SIGKILL');
}

/**
 * Makes the lock that of the first process of another container, which lives until the returned
 * function is called.
 */
export function lockElsewhere(userDir) {
	const lock = lockOf(userDir);
	writeFileSync(lock, '1 4711 another-kernel/pid:[1] a-process');
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
