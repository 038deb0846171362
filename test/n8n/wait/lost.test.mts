// n8n is killed before it has stored an execution's submits. Only its log has the ids, so a retry submits none of those
// items, and says so, once.
import { describe, expect, it, jest } from '@jest/globals';
import { LONG_MS, useLongRuns, useSmallN8n } from '../support/parked.mts';
import {
	codeOf,
	CONTINUE,
	idsOf,
	itemsOf,
	itSince,
	type Json,
	RETRY,
	useRig,
	workflowOf,
} from '../support/rig.mts';

const rig = useRig({ fast: true });
const n8n = useSmallN8n(rig);
const runs = useLongRuns(rig, n8n);

const stepOf = (options: Json = {}, more: Json = {}, settings: Json = {}) =>
	workflowOf({ parameters: runs.toRun(options, more), settings });

/** The number of runs in the list, which also contains other entries. */
const runsNoted = () =>
	[...n8n.seenBefore].filter((name) => name.startsWith('runcomfy run ')).length;

const itemsOfSize = (count: number) => Array.from({ length: count }, (_item, n) => ({ n }));

/** Delays the answer to a submit until after the test. */
const slow = (after: number) =>
	rig.simulator.inject({ name: 'slow_submit', ms: 15_000, after, times: 1 });

/** Stops the clock as soon as a run is recorded. */
function stopAtNote(): Promise<() => void> {
	return new Promise((resolve) => {
		class Noted extends Set<string> {
			override add(name: string): this {
				if (name.startsWith('runcomfy run ')) {
					n8n.seenBefore = new Set([...n8n.seenBefore, name]);
					resolve(rig.clock.hold());
				}
				return super.add(name);
			}
		}
		n8n.seenBefore = new Noted();
	});
}

/** Kills n8n once a run is recorded. */
async function killed(id: string, noted: Promise<() => void>) {
	const goOn = await noted;
	await n8n.crash(id, 'Step 1');
	rig.simulator.clearFaults();
	rig.simulator.update({ latencyMs: 100 });
	runs.end();
	goOn();
}

const NO_TOKEN = 'a retry has no token of its execution';

describe('an execution that n8n was killed in before it was stored', () => {
	itSince('2.10.0', NO_TOKEN).each([
		['while a submit was on its way', {}, {}],
		['in memory', { waitMode: 'poll' }, {}],
		['during a Submit', {}, { operation: 'submit' }],
	])(
		'%s is not paid for again by a retry, but by the one after that (P38)',
		async (_what, options, more) => {
			if (!('waitMode' in options)) slow(2);
			const noted = stopAtNote();
			const { id } = n8n.start(stepOf(options, more), { inputs: itemsOfSize(3) });
			await killed(id, noted);
			const again = n8n.retry(id);
			const told = await again.until();
			expect(codeOf(told)).toBe('submit_unconfirmed');
			expect(told.error?.message).toContain('the requests of 3 items');
			expect(told.error?.description).toMatch(
				/n8n’s log has the IDs.*Get Result.*Retry for this execution/,
			);
			expect(rig.countOf('submit')).toBe(3);
			const done = await n8n.retry(again.id).until();
			expect(idsOf(done)).toHaveLength(3);
			expect(rig.countOf('submit')).toBe(6);
		},
	);

	itSince('2.10.0', NO_TOKEN)(
		'is refused again if n8n is killed before it has stored the refusal (P38)',
		async () => {
			const noted = stopAtNote();
			const { id } = n8n.start(stepOf({ waitMode: 'poll' }), { inputs: itemsOfSize(3) });
			await killed(id, noted);
			const goOn = rig.clock.hold();
			expect(codeOf(await n8n.retry(id).until())).toBe('submit_unconfirmed');
			await n8n.restart();
			goOn();
			expect(codeOf(await n8n.retry(id).until())).toBe('submit_unconfirmed');
			expect(rig.countOf('submit')).toBe(3);
		},
	);

	itSince('2.10.0', NO_TOKEN)('picks up what was stored before', async () => {
		slow(3);
		const { id, until } = await n8n.park(stepOf({ concurrency: 2 }, {}, CONTINUE), {
			inputs: itemsOfSize(4),
		});
		runs.end();
		const noted = stopAtNote();
		void n8n.timer(id);
		await killed(id, noted);
		const told = itemsOf(await n8n.retry(id).until()).map(({ json }) => json);
		expect(told.map(({ request_id }) => request_id).slice(0, 2)).toEqual(rig.paid().slice(0, 2));
		expect(told.map(({ error_code }) => error_code).slice(2)).toEqual([
			'submit_unconfirmed',
			'submit_unconfirmed',
		]);
		expect(rig.countOf('submit')).toBe(4);
		expect((await until()).status).toBe('error');
	});

	itSince('2.10.0', NO_TOKEN)(
		'is still not paid for by a try after that of the retry',
		async () => {
			const noted = stopAtNote();
			const { id } = n8n.start(stepOf({ waitMode: 'poll' }, {}, RETRY), {
				inputs: itemsOfSize(2),
			});
			await killed(id, noted);
			expect(codeOf(await n8n.retry(id).until())).toBe('submit_unconfirmed');
			expect(rig.countOf('submit')).toBe(2);
		},
	);

	itSince('2.10.0', NO_TOKEN)(
		'is not paid for again by a retry, if it was killed in a later try than the one that has paid (P38)',
		async () => {
			// The first try fails, and its request goes on.
			rig.simulator.inject({ name: 'error_after_accept', status: 422, code: 422001 });
			const noted = stopAtNote();
			const { id } = n8n.start(stepOf({ waitMode: 'poll' }, {}, RETRY));
			await killed(id, noted);
			expect(codeOf(await n8n.retry(id).until())).toBe('submit_unconfirmed');
			expect(rig.countOf('submit')).toBe(1);
		},
	);

	itSince('2.10.0', NO_TOKEN)(
		'is not held against items that a later retry left unsent after a park',
		async () => {
			const noted = stopAtNote();
			const { id } = n8n.start(stepOf({ waitMode: 'poll' }), { inputs: itemsOfSize(2) });
			await killed(id, noted);
			const refused = n8n.retry(id);
			await refused.until();
			rig.simulator.update({ latencyMs: LONG_MS });
			rig.simulator.inject({ name: 'run_failed' });
			const failed = n8n.retry(refused.id, stepOf({ concurrency: 1 }));
			await failed.until('waiting');
			await runs.comeBack(failed.id);
			expect(codeOf(await failed.until())).toBe('run_failed');
			rig.simulator.update({ latencyMs: 100 });
			expect(idsOf(await n8n.retry(failed.id).until())).toHaveLength(2);
		},
	);
});

describe('n8n’s list of ids that a node has seen', () => {
	it('holds nothing of executions that end at the same moment, though n8n writes the whole list each time', async () => {
		rig.simulator.update({ latencyMs: 20_000 });
		jest.spyOn(n8n.seenList, 'removeProcessed').mockImplementation(async (ids) => {
			const left = [...n8n.seenBefore].filter((id) => !ids.includes(id));
			await rig.clock.sleep(100);
			n8n.seenBefore = new Set(left);
		});
		const started = itemsOfSize(3).map(() => n8n.start(stepOf({ waitMode: 'poll' })));
		await Promise.all(started.map(({ until }) => until()));
		await rig.clock.sleep(10_000);
		expect(runsNoted()).toBe(0);
	});

	it('is not used by an n8n that gives a retry no token', async () => {
		n8n.tamper = (data) => void delete (data as { resumeToken?: string }).resumeToken;
		rig.simulator.update({ latencyMs: 20_000 });
		const reached = rig.clock.stopAt('/status', 4);
		const { id } = n8n.start(stepOf({ waitMode: 'poll' }));
		const goOn = await reached;
		expect(runsNoted()).toBe(0);
		await n8n.crash(id, 'Step 1');
		runs.end();
		goOn();
		expect(idsOf(await n8n.retry(id).until())).toEqual(rig.paid().slice(1));
	});
});
