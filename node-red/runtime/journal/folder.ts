import { randomUUID } from 'node:crypto';
import {
	closeSync,
	existsSync,
	fsync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	renameSync,
	statSync,
	unlinkSync,
	writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tried } from '../../../core';
import { codeOf, messageOf } from '../errors';

/** How many files are made durable at the same time. */
const AT_ONCE = 2;

/** A temporary file of this age, in milliseconds, belongs to no living process. */
const OLD_MS = 24 * 3600 * 1000;

/** A value, its file, and how far the file is. */
interface Slot {
	json: string;
	/** Whether this process has seen the file: it was written or read here. */
	seen: boolean;
	/** Set once the value's work is over: a write on its way must not bring the file back. */
	closed: boolean;
	/** How many writes wait for their turn or for the medium. */
	writes: number;
}

/** A value in the folder that this process did not know yet. */
export interface Found<T> {
	key: string;
	value: T;
	/** When the file was last written, in milliseconds since the epoch. */
	writtenAt: number;
}

interface Options<T> {
	/** Undefined without a user directory. Nothing is then stored. */
	path: string | undefined;
	isValue: (value: unknown) => value is T;
	/** Called whenever a file cannot be written, and whenever all are as they should be. */
	onTrouble: (error: unknown) => void;
	onRecovered: () => void;
	warn: (text: string) => void;
}

/**
 * A folder with one JSON file for each value: `<key>.json`, and `<key>.out` while the value leaves. Each step is a
 * rename, which needs no space on the disk. A write that fails is tried again as long as its value is of use.
 */
export class Folder<T> {
	readonly #options: Options<T>;
	readonly #slots = new Map<string, Slot>();
	/** Values whose last write has failed. */
	readonly #failed = new Map<string, Slot>();
	/** Keys whose files could not be removed. They are not read again. */
	readonly #stuck = new Set<string>();
	/** Files that wait to be made durable. */
	readonly #queue: Array<() => Promise<void>> = [];
	#busy = 0;
	/** The fsync of the folder that covers every rename until now, once it has begun. */
	#syncing: Promise<void> = Promise.resolve();
	#nextSync: Promise<void> | undefined;
	#loaded = false;

	constructor(options: Options<T>) {
		this.#options = options;
	}

	/**
	 * Reads the values that this process does not know. At first, it also takes up those that another process was about
	 * to let leave: whether they have left is not known.
	 */
	load(): Array<Found<T>> {
		const { path } = this.#options;
		const names = path === undefined ? [] : this.#namesIn(path);
		if (!this.#loaded) this.#takeUp(names);
		this.#loaded = true;
		const keys = new Set(names.flatMap((name) => /^(.+)\.(?:json|out)$/.exec(name)?.[1] ?? []));
		return [...keys].flatMap((key) => {
			const found = this.#isKnown(key) ? undefined : this.read(key);
			return found ? [found] : [];
		});
	}

	/** Reads one value. Undefined if it has no file, or none that can be read. */
	read(key: string): Found<T> | undefined {
		const file = this.#file(key, 'json');
		if (file === undefined) return undefined;
		try {
			const writtenAt = statSync(file).mtimeMs;
			const value: unknown = tried(() => JSON.parse(readFileSync(file, 'utf8')) as unknown);
			if (this.#options.isValue(value)) return { key, value, writtenAt };
			renameSync(file, `${file}.bad`);
			this.#options.warn(`${file} is not a file of a RunComfy request. It was renamed to *.bad.`);
		} catch (error) {
			if (codeOf(error) !== 'ENOENT') this.#options.warn(`${file}: ${messageOf(error)}`);
		}
		return undefined;
	}

	/** From now on, this process works on a value that it has read. */
	adopt(key: string): void {
		this.#slots.set(key, { json: '', seen: true, closed: false, writes: 0 });
	}

	/** Leaves a value's file to whoever reads the folder next. */
	leave(key: string): void {
		this.#end(key);
	}

	/** Stores a value. @returns whether it is on the medium; if not, it is tried again */
	async put(key: string, value: T): Promise<boolean> {
		if (this.#options.path === undefined) return false;
		const slot = this.#slotFor(key, value);
		return this.#inTurn(key, slot, () => this.#writeDurably(key, slot));
	}

	/**
	 * Stores a value before anything else can happen in this process. It survives a kill at once, and a power failure soon
	 * after. @returns false if it could not be written
	 */
	putNow(key: string, value: T): boolean {
		if (this.#options.path === undefined) return true;
		const slot = this.#slotFor(key, value);
		try {
			const { fd, temp } = this.#write(key, slot.json);
			closeSync(fd);
			this.#move(temp, key, slot);
		} catch (error) {
			this.#fail(key, slot, error);
			return false;
		}
		void this.#inTurn(key, slot, () => this.#makeDurable(key));
		return true;
	}

	/**
	 * Claims a value that is about to leave.
	 * @returns false only if another process has claimed it: the file is that process's now
	 */
	claim(key: string): boolean {
		const slot = this.#slots.get(key);
		if (!slot) return true;
		this.#close(key, slot);
		if (!slot.seen) return true;
		try {
			renameSync(this.#file(key, 'json')!, this.#file(key, 'out')!);
			return true;
		} catch (error) {
			if (codeOf(error) === 'ENOENT' && existsSync(this.#options.path!)) {
				this.#slots.delete(key);
				return false;
			}
			this.#options.onTrouble(error);
			return true;
		}
	}

	/** Removes a value's file. */
	remove(key: string): void {
		const slot = this.#end(key);
		if (!slot?.seen) return;
		for (const kind of ['out', 'json'] as const) {
			try {
				unlinkSync(this.#file(key, kind)!);
				return;
			} catch (error) {
				if (codeOf(error) === 'ENOENT') continue;
				this.#stuck.add(key);
				this.#options.onTrouble(error);
				return;
			}
		}
	}

	/** Tries again what could not be written. A timer calls this every few seconds. */
	retry(): void {
		for (const [key, slot] of [...this.#failed]) {
			// A write on its way stores the latest value, or fails again.
			if (slot.writes === 0) void this.#inTurn(key, slot, () => this.#writeDurably(key, slot));
		}
	}

	#isKnown(key: string): boolean {
		return this.#slots.has(key) || this.#stuck.has(key);
	}

	#slotFor(key: string, value: T): Slot {
		const slot = this.#slots.get(key) ?? { json: '', seen: false, closed: false, writes: 0 };
		slot.json = JSON.stringify(value);
		this.#slots.set(key, slot);
		return slot;
	}

	/** Does slow work for a slot when it is its turn. @returns whether it succeeded */
	#inTurn(key: string, slot: Slot, work: () => Promise<void>): Promise<boolean> {
		return new Promise((resolve) => {
			slot.writes += 1;
			this.#queue.push(async () => {
				try {
					if (!slot.closed) await work();
					resolve(!slot.closed);
				} catch (error) {
					this.#fail(key, slot, error);
					resolve(false);
				} finally {
					slot.writes -= 1;
				}
			});
			this.#goOn();
		});
	}

	#goOn(): void {
		while (this.#busy < AT_ONCE) {
			const next = this.#queue.shift();
			if (!next) return;
			this.#busy += 1;
			void next().finally(() => {
				this.#busy -= 1;
				this.#goOn();
			});
		}
	}

	async #writeDurably(key: string, slot: Slot): Promise<void> {
		const { json } = slot;
		const { fd, temp } = this.#write(key, json);
		try {
			await synced(fd);
			// What was stored meanwhile is newer.
			if (slot.closed || slot.json !== json) return unlinkSync(temp);
			this.#move(temp, key, slot);
		} catch (error) {
			tried(() => unlinkSync(temp));
			throw error;
		}
		await this.#syncFolder();
	}

	async #makeDurable(key: string): Promise<void> {
		const fd = openSync(this.#file(key, 'json')!, 'r+');
		await synced(fd);
		await this.#syncFolder();
	}

	/** Writes a temporary file. The caller closes it. */
	#write(key: string, json: string): { fd: number; temp: string } {
		const temp = this.#file(key, `${randomUUID()}.tmp`)!;
		const fd = this.#open(temp);
		try {
			const bytes = Buffer.from(json);
			for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at);
			return { fd, temp };
		} catch (error) {
			closeSync(fd);
			tried(() => unlinkSync(temp));
			throw error;
		}
	}

	#open(temp: string): number {
		try {
			return openSync(temp, 'wx', 0o600);
		} catch (error) {
			if (codeOf(error) !== 'ENOENT') throw error;
			mkdirSync(this.#options.path!, { recursive: true, mode: 0o700 });
			return openSync(temp, 'wx', 0o600);
		}
	}

	#move(temp: string, key: string, slot: Slot): void {
		renameSync(temp, this.#file(key, 'json')!);
		slot.seen = true;
		this.#failed.delete(key);
		if (this.#failed.size === 0) this.#options.onRecovered();
	}

	#fail(key: string, slot: Slot, error: unknown): void {
		if (slot.closed) return;
		this.#failed.set(key, slot);
		this.#options.onTrouble(error);
	}

	/** One fsync covers all renames that were made before it began. */
	#syncFolder(): Promise<void> {
		// Windows cannot sync a folder.
		if (process.platform === 'win32') return Promise.resolve();
		this.#nextSync ??= this.#syncing.then(() => {
			this.#nextSync = undefined;
			this.#syncing = syncFolder(this.#options.path!);
			return this.#syncing;
		});
		return this.#nextSync;
	}

	#close(key: string, slot: Slot): void {
		slot.closed = true;
		this.#failed.delete(key);
	}

	#end(key: string): Slot | undefined {
		const slot = this.#slots.get(key);
		if (slot) this.#close(key, slot);
		this.#slots.delete(key);
		return slot;
	}

	#namesIn(path: string): string[] {
		try {
			return readdirSync(path);
		} catch (error) {
			if (codeOf(error) !== 'ENOENT') this.#options.warn(`${path}: ${messageOf(error)}`);
			return [];
		}
	}

	/** Takes up files that an earlier process has left halfway. */
	#takeUp(names: readonly string[]): void {
		const errors = names.flatMap((name) => {
			try {
				this.#takeUpOne(join(this.#options.path!, name));
			} catch (error) {
				// Another process was faster.
				if (codeOf(error) !== 'ENOENT') return [error];
			}
			return [];
		});
		if (errors.length === 0) return;
		this.#options.warn(
			`${errors.length} files of an earlier Node-RED in ${this.#options.path} could not be taken up: ${messageOf(errors[0])}. Their messages come once you have repaired this, and restart Node-RED.`,
		);
	}

	#takeUpOne(file: string): void {
		if (file.endsWith('.out')) renameSync(file, file.replace(/out$/, 'json'));
		else if (file.endsWith('.tmp') && Date.now() - statSync(file).mtimeMs > OLD_MS)
			unlinkSync(file);
	}

	#file(key: string, kind: string): string | undefined {
		const { path } = this.#options;
		return path === undefined ? undefined : join(path, `${key}.${kind}`);
	}
}

/** Forces a file onto the medium, and closes it. */
function synced(fd: number): Promise<void> {
	return promisify(fsync)(fd).finally(() => closeSync(fd));
}

/** Forces renames onto the medium. Some file systems refuse, and keep them anyway. */
async function syncFolder(path: string): Promise<void> {
	const fd = tried(() => openSync(path, 'r'));
	if (fd === undefined) return;
	await synced(fd).catch(() => undefined);
}
