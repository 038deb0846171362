// The watch over one download by itself: its clock, its signals, and whom it blames.
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { meter } from '../../../core/files/stream';
import { EPOCH as START } from '../../support/virtualClock.mts';
import { clientOf } from '../support/virtualHost.mts';
import { bytes } from './downloading.mts';

const SECOND = 1_000;
type Limits = Parameters<typeof meter>[2];

const open: { stop: () => void }[] = [];

// A watch that goes on would keep its clock going.
afterEach(() => open.splice(0).forEach((measured) => measured.stop()));

function metering(limits: Limits = {}, signal?: AbortSignal) {
	const { client, clock, host } = clientOf({});
	const measured = meter(client, signal, limits);
	open.push(measured);
	/** Bytes that come, each number after so many milliseconds. */
	async function* coming(...pieces: (Uint8Array | number | Error)[]) {
		for (const piece of pieces) {
			if (piece instanceof Error) throw piece;
			if (typeof piece === 'number') await clock.sleep(piece);
			else yield piece;
		}
	}
	const read = async (stream: AsyncIterable<Uint8Array>, storeMs = 0) => {
		let count = 0;
		for await (const chunk of measured.pass(stream)) {
			if (storeMs > 0) await clock.sleep(storeMs);
			count += chunk.length;
		}
		return count;
	};
	return { measured, clock, host, coming, read };
}

/** A source that never answers. */
const silent = (returned: () => Promise<never> = () => new Promise(() => undefined)) => ({
	[Symbol.asyncIterator]: () => ({
		next: () => new Promise<IteratorResult<Uint8Array>>(() => undefined),
		return: returned,
	}),
});

describe('a stream that is measured', () => {
	it('gives its bytes, and is blamed for nothing', async () => {
		const { measured, coming, read, clock } = metering({ maxBytes: 5, leftMs: 10 * SECOND });
		expect(await read(coming(bytes(2), bytes(3)))).toBe(5);
		expect([measured.trouble(), measured.signal.aborted]).toEqual([undefined, false]);
		expect(clock.sleeping()).toBe(0);
	});

	it('is blamed for what went wrong before it was there', () => {
		const { measured, clock } = metering();
		expect(measured.trouble()).toBe('broken');
		measured.pass(silent());
		expect(measured.trouble()).toBeUndefined();
		measured.stop();
		expect(clock.sleeping()).toBe(0);
	});

	it('ends past its limit', async () => {
		const { measured, coming, read } = metering({ maxBytes: 4 });
		await expect(read(coming(bytes(2), bytes(3)))).rejects.toThrow('Too many bytes');
		expect(measured.trouble()).toBe('too_large');
	});

	it('is blamed if it breaks off, in its own words', async () => {
		const { measured, coming, read, clock } = metering({ leftMs: 10 * SECOND });
		await expect(read(coming(bytes(2), new Error('gone')))).rejects.toThrow('gone');
		expect(measured.trouble()).toBe('broken');
		expect(clock.sleeping()).toBe(0);
	});

	it('is not blamed if whoever stores it fails', async () => {
		const { measured, coming } = metering();
		for await (const chunk of measured.pass(coming(bytes(2), bytes(3)))) {
			expect(chunk).toHaveLength(2);
			break;
		}
		expect(measured.trouble()).toBeUndefined();
	});
});

describe('the pace of a stream', () => {
	it.each<[string, number, number, string | undefined]>([
		['nothing in a minute', 0, 60, 'stalled'],
		['a byte a second', 1, 1, 'slow'],
		['a kilobyte a second', 1_024, 1, undefined],
		['little less', 1_023, 1, 'slow'],
		['much at long intervals', 61_440, 59, undefined],
	])('of %s', async (_what, size, seconds, trouble) => {
		const { measured, coming, read, clock } = metering();
		const pieces = Array.from({ length: 200 }, () => [bytes(size), seconds * SECOND]).flat();
		const done = read(coming(...pieces));
		if (trouble === undefined) expect(await done).toBe(200 * size);
		else await expect(done).rejects.toMatchObject({ code: 'aborted' });
		expect(measured.trouble()).toBe(trouble);
		expect(measured.signal.aborted).toBe(trouble !== undefined);
		if (trouble) expect(clock.now() - START).toBe(60 * SECOND);
	});

	it('is checked in each minute again', async () => {
		const { measured, coming, read, clock } = metering();
		const stream = coming(bytes(10_000_000), 119 * SECOND, bytes(1), 1_000 * SECOND);
		await expect(read(stream)).rejects.toMatchObject({ code: 'aborted' });
		expect(measured.trouble()).toBe('slow');
		expect(clock.now() - START).toBe(120 * SECOND);
	});

	it.each([
		// Of each minute, the half is waited for bytes, or a second less.
		[29, 31, undefined],
		[30, 30, 'slow'],
	])('waited for %i s and stored for %i s: %s', async (waitS, storeS, trouble) => {
		const { measured, coming, read } = metering();
		const pieces = Array.from({ length: 10 }, () => [waitS * SECOND, bytes(1)]).flat();
		await read(coming(...pieces), storeS * SECOND).catch(() => undefined);
		expect(measured.trouble()).toBe(trouble);
	});
});

describe('the time of a stream', () => {
	it('ends while it comes, even if its source hears nothing of it', async () => {
		const { measured, read, clock } = metering({ leftMs: 10 * SECOND });
		await expect(read(silent())).rejects.toMatchObject({ code: 'aborted' });
		expect([measured.trouble(), clock.now() - START]).toEqual(['late', 10 * SECOND]);
	});

	it('may be over before it is there', async () => {
		const { measured, coming, read, clock } = metering({ leftMs: 10 * SECOND });
		await clock.sleep(11 * SECOND);
		expect(measured.trouble()).toBe('late');
		await expect(read(coming(bytes(1)))).rejects.toMatchObject({ code: 'aborted' });
		expect(measured.trouble()).toBe('late');
	});

	it('does not count once all of it has come', async () => {
		const { measured, coming, read, clock } = metering({ leftMs: 10 * SECOND });
		await read(coming(bytes(1)));
		await clock.sleep(20 * SECOND);
		expect([measured.trouble(), measured.signal.aborted]).toEqual([undefined, false]);
	});

	it.each([
		[2 ** 31 - 1, 1],
		[2 ** 31, 0],
		[Infinity, 0],
	])('of %d ms has a timer, or none that fires at once: %i', (leftMs, timers) => {
		expect(metering({ leftMs }).clock.sleeping()).toBe(timers);
	});
});

describe('whoever waits for a stream', () => {
	it('may stop', async () => {
		const abort = new AbortController();
		const { measured, read, clock } = metering({}, abort.signal);
		void clock.sleep(2 * SECOND).then(() => abort.abort());
		await expect(read(silent())).rejects.toMatchObject({ code: 'aborted' });
		expect(measured.signal.aborted).toBe(true);
		expect(clock.now() - START).toBe(2 * SECOND);
	});

	it('may have stopped before', async () => {
		const { measured, coming, read } = metering({}, AbortSignal.abort());
		expect(measured.signal.aborted).toBe(true);
		await expect(read(coming(bytes(1)))).rejects.toMatchObject({ code: 'aborted' });
	});

	it('is let go of with the download, and so is its source', async () => {
		const abort = new AbortController();
		const { measured, read, clock } = metering({ leftMs: 10 * SECOND }, abort.signal);
		const returned = jest.fn(() => Promise.reject(new Error('cannot')));
		read(silent(returned)).catch(() => undefined);
		await Promise.resolve();
		measured.stop();
		abort.abort();
		expect([returned.mock.calls.length, measured.signal.aborted]).toEqual([1, false]);
		expect(clock.sleeping()).toBe(0);
	});

	it('needs no source to let go of', () => {
		const { measured } = metering();
		expect(() => measured.stop()).not.toThrow();
		const bare = {
			[Symbol.asyncIterator]: () => ({ next: silent()[Symbol.asyncIterator]().next }),
		};
		measured.pass(bare);
		expect(() => measured.stop()).not.toThrow();
	});
});
