// The limiter keeps the order of arrival, whatever happens: messages arrive, are read, wait, run, return and end in any
// order.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type * as LimiterModule from '../../../../node-red/runtime/account/limiter.ts';
import { dist } from '../../support/dist.mts';
import { turns } from '../../support/rig.mts';

const { Limiter } = dist<typeof LimiterModule>('node-red/runtime/account/limiter.js');

const never = new AbortController().signal;

type State = 'reading' | 'waiting' | 'running' | 'away';

/** The expected state of a place, independent of the limiter, and how to end it. */
interface Known {
	place: LimiterModule.Place;
	state: State;
	end: () => void;
	abort: () => void;
}

const STATES = {
	enter: ['reading', 'away'],
	abort: ['waiting'],
	leave: ['reading'],
	end: ['running'],
};
type Act = 'take' | keyof typeof STATES;

/** Performs the acts on a limiter, and checks after each one which places run. */
async function check(acts: Array<[Act, number]>, limit: number): Promise<void> {
	const limiter = new Limiter(limit);
	const all: Known[] = [];
	const inState = (...states: string[]) => all.filter(({ state }) => states.includes(state));
	const running = new Set<Known>();
	const enter = (one: Known) => {
		const controller = new AbortController();
		const { over, end } = work();
		Object.assign(one, { state: 'waiting', end, abort: () => controller.abort() });
		const entered = async () => {
			running.add(one);
			await over;
			running.delete(one);
		};
		limiter.run(entered, { place: one.place, signal: controller.signal }).catch(() => undefined);
	};
	const nothing = () => undefined;
	for (const [act, at] of acts) {
		if (act === 'take') {
			all.push({ place: limiter.take(), state: 'reading', end: nothing, abort: nothing });
		} else {
			const able = inState(...STATES[act]);
			const one = able[at % able.length];
			if (!one) continue;
			one.state = 'away';
			if (act === 'enter') enter(one);
			else if (act === 'leave') one.place.leave();
			else one[act]();
		}
		for (const one of all) {
			if (inState('running').length === limit || one.state === 'reading') break;
			if (one.state === 'waiting') one.state = 'running';
		}
		await turns(1);
		expect(all.filter((one) => running.has(one))).toEqual(inState('running'));
	}
}

/** Work that goes on until it is released. */
function work() {
	let end = () => undefined as void;
	const over = new Promise<void>((resolve) => {
		end = resolve;
	});
	return { over, end };
}

describe('a limiter', () => {
	it('lets work that left by itself in again at its place', async () => {
		const limiter = new Limiter(1);
		const [first, second, third] = [limiter.take(), limiter.take(), limiter.take()];
		const went: string[] = [];
		const go = (name: string, place: LimiterModule.Place, until?: Promise<void>) =>
			limiter.run(
				async () => {
					went.push(name);
					await until;
				},
				{ place, signal: never },
			);
		await go('first', first);
		const held = work();
		const all = [go('second', second, held.over), go('third', third), go('first again', first)];
		held.end();
		await Promise.all(all);
		expect(went).toEqual(['first', 'second', 'first again', 'third']);
	});

	it('admits the earliest that waits, unless one before it is still read', async () => {
		const act = fc.tuple(
			fc.constantFrom<Act>('take', 'take', 'enter', 'enter', 'abort', 'leave', 'end'),
			fc.nat({ max: 30 }),
		);
		await fc.assert(
			fc.asyncProperty(
				fc.array(act, { minLength: 100, maxLength: 200 }),
				fc.integer({ min: 1, max: 3 }),
				check,
			),
			{ numRuns: 50 },
		);
	});
});
