import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readIfThere, syncDirectory } from './journalFile.cjs';
import { createLock, type Lock } from './lock.cjs';

/**
 * A file beside the journal, with a lock of its own, of a process that does not have the journal: its
 * owner may be another one, or have been killed just now. Whoever has the journal takes over those whose
 * processes are gone.
 */
export interface SideFile {
	path: string;
	lock: Lock;
}

export interface SideFiles {
	/** A new one that is ours. @throws if the medium refuses it */
	begin(): SideFile;
	/** Those of processes that are gone. Each look counts towards the time after which they are. */
	findLeft(): SideFile[];
	/** Takes one of those. @returns its text; undefined if it cannot be taken or read */
	take(left: SideFile): string | undefined;
	/** Removes one that is ours, once the journal has all that it says. */
	remove(side: SideFile): void;
}

export function createSideFiles(journal: string): SideFiles {
	const directory = dirname(journal);
	const stem = basename(journal, '.jsonl');
	const known = new Map<string, SideFile>();
	let own: string | undefined;

	const sideOf = (path: string): SideFile => {
		const side = known.get(path) ?? { path, lock: createLock(`${path}.lock`) };
		known.set(path, side);
		return side;
	};

	const isSide = (name: string) =>
		/^\.[\da-f-]{36}\.jsonl(\.lock)?$/.test(name.slice(stem.length)) && name.startsWith(stem);

	return {
		begin() {
			const side = sideOf(join(directory, `${stem}.${randomUUID()}.jsonl`));
			own = side.path;
			side.lock.take();
			return side;
		},
		findLeft() {
			try {
				const names = readdirSync(directory).filter(isSide);
				const paths = names.map((name) => join(directory, name.replace(/\.lock$/, '')));
				const others = [...new Set(paths)].filter((path) => path !== own);
				return others.map(sideOf).filter(({ lock }) => lock.isFree());
			} catch {
				return [];
			}
		},
		take({ path, lock }) {
			try {
				return lock.take() ? readIfThere(path) : undefined;
			} catch {
				return undefined;
			}
		},
		remove({ path, lock }) {
			try {
				for (const file of [path, `${path}.new`]) rmSync(file, { force: true });
				// If it came back, what has ended would be resumed.
				syncDirectory(directory);
				lock.release();
				known.delete(path);
			} catch {
				// The next check tries again.
			}
		},
	};
}
