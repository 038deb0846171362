// The record of one run as plain data: its states, and what changes it.
import { describe, expect, it } from '@jest/globals';
import type { State } from '../../../../node-red/contract/states.cts';
import type * as RecordModule from '../../../../node-red/runtime/runs/record.cts';
import { dist } from '../../support/dist.mts';
import { runsChanged } from '../../support/rig.mts';

const {
	aboutOf,
	changed,
	endChanges,
	isCancelable,
	isUnanswered,
	messageChanges,
	newRecord,
	progressChanges,
	shownOf,
	wantsCancel,
} = dist<typeof RecordModule>('node-red/runtime/runs/record.cjs');

type RunRecord = RecordModule.RunRecord;
type RecordChanges = RecordModule.RecordChanges;

const NOW = 100_000;
const STATES = [
	...['reading', 'waiting', 'submitting', 'in_queue', 'in_progress', 'fetching', 'ended'],
] as State[];
const named = { job: 'j', nodeId: 'n' };
const begin = (topic: unknown = 7, resumed = false) => newRecord({ ...named, topic, resumed }, NOW);
const after = (...changes: RecordChanges[]): RunRecord => changes.reduce(changed, begin());
const seen = { request_id: 'r', deployment_id: 'd', raw: {}, elapsed_ms: 0 };

/** The record after status calls, one second apart. */
function observed(first: RunRecord, ...calls: object[]): RunRecord {
	return calls.reduce<RunRecord>(
		(record, call, index) =>
			changed(record, progressChanges(record, { ...seen, ...call } as never, NOW + index * 1000)),
		first,
	);
}

describe('the state of a run', () => {
	it('begins with a message that is read', () => {
		expect(begin()).toStrictEqual({ ...named, state: 'reading', arrivedAt: NOW });
		expect(begin('x'.repeat(200)).topic).toBe('x'.repeat(100));
		expect(begin('t', true)).toMatchObject({ topic: 't', resumed: true });
	});

	it.each(STATES)('never goes back from %s, but to the queue', (first) => {
		for (const second of STATES) {
			const { state } = after({ state: first }, { state: second });
			const back = first === 'in_progress' && second === 'in_queue';
			const later = STATES.indexOf(second) > STATES.indexOf(first);
			expect(state).toBe(back || later ? second : first);
		}
	});

	it('keeps the id of an answer that comes after the end', () => {
		const late = after(
			{ state: 'ended' },
			{ state: 'in_queue', requestId: 'r', deploymentId: 'd' },
		);
		expect(late).toMatchObject({ state: 'ended', requestId: 'r', deploymentId: 'd' });
	});

	it('is the same record if nothing changes', () => {
		const record = after({ state: 'in_queue', queuePosition: 3 });
		expect(changed(record, { state: 'waiting', queuePosition: 3 })).toBe(record);
		expect(changed(record, { queuePosition: undefined })).not.toHaveProperty('queuePosition');
	});
});

describe('why a run stopped', () => {
	it('is the newer message, whoever else canceled it before or after', () => {
		expect(after({ canceledBy: 'flow' }).canceledBy).toBe('flow');
		expect(after({ canceledBy: 'flow' }, { canceledBy: 'newer' }).canceledBy).toBe('newer');
		expect(after({ canceledBy: 'newer' }, { canceledBy: 'flow' }).canceledBy).toBe('newer');
	});

	it('is the first close of its node', () => {
		expect(after({ stopped: 'leave' }, { stopped: 'cancel' }).stopped).toBe('leave');
	});

	it.each<[string, RecordChanges, boolean]>([
		['goes on', {}, false],
		['was left to RunComfy', { stopped: 'leave' }, false],
		['was closed with a cancel', { stopped: 'cancel' }, true],
		['a flow canceled', { canceledBy: 'flow' }, true],
		['was canceled, and then left', { canceledBy: 'flow', stopped: 'leave' }, true],
		[
			'RunComfy has answered about',
			{ canceledBy: 'flow', cancelVerdict: 'not_cancellable' },
			false,
		],
	])('one that %s: whether it wants its request canceled', (_what, changes, expected) => {
		expect(wantsCancel(after({ state: 'in_queue' }, changes))).toBe(expected);
	});

	it('can be a cancel, or stay unanswered, until the request has ended', () => {
		const open = STATES.slice(0, 5);
		expect(STATES.filter((state) => isCancelable(after({ state })))).toEqual(open);
		expect(STATES.filter((state) => isUnanswered(after({ state })))).toEqual(open);
		expect(isCancelable(after({ state: 'in_queue', stopped: 'leave' }))).toBe(false);
		expect(isUnanswered(after({ state: 'in_queue', cancelVerdict: 'unknown' }))).toBe(false);
	});
});

describe('what status calls change', () => {
	it('is the place in the queue only while there is one', () => {
		const queued = observed(begin(), { status: 'in_queue', queue_position: 3 });
		expect(queued).toMatchObject({ queuePosition: 3, state: 'in_queue' });
		const running = { status: 'in_progress', running_ms: 2_000, expected_ms: 40_000 };
		const runs = observed(queued, running);
		expect(runs).toMatchObject({ startedAt: 98_000, estimatedMs: 40_000, state: 'in_progress' });
		expect(runs).not.toHaveProperty('queuePosition');
	});

	it('is the start as the first call saw it, as long as it runs', () => {
		const running = (running_ms: number) => ({ status: 'in_progress', running_ms });
		const queued = { status: 'in_queue' };
		expect(observed(begin(), queued, running(1_000), running(2_200)).startedAt).toBe(NOW);
		expect(observed(begin(), queued, running(1_000), queued)).not.toHaveProperty('startedAt');
		// It was in the queue after the submit, whether or not that was seen.
		expect(observed(after({ seenQueued: true }), running(0)).startedAt).toBe(NOW);
		expect(observed(begin(), running(0))).not.toHaveProperty('startedAt');
	});

	it('leaves the state alone once the request has ended', () => {
		expect(observed(begin(), { status: 'in_progress' }, { status: 'completed' }).state).toBe(
			'in_progress',
		);
	});
});

describe('what a record takes from elsewhere', () => {
	it('is the first files on its message, and whose they are', () => {
		const file = (n: number) => ({
			filename: `${n}.png`,
			kind: 'image',
			mime_type: 'image/png',
			url: `https://x/${n}`,
		});
		const files = [1, 2, 3, 4, 5].map((n) => ({ ...file(n), node: '9', type: 'output' }));
		const record = [
			...[{ requestId: 'r', deploymentId: 'd' }, { runcomfy: { files } }],
			...[{ runcomfy: { files: [] } }, { runcomfy: { files: 'none' } }, {}],
		].reduce<RunRecord>((one, facts) => changed(one, messageChanges(facts as never)), begin());
		expect(record).toMatchObject({ requestId: 'r', deploymentId: 'd' });
		expect(record.files).toStrictEqual([1, 2, 3, 4].map(file));
	});

	it('is the outcome, and a reason that is not too long', () => {
		const record = after({ queuePosition: 3 }, endChanges('run_failed', 'y'.repeat(600), NOW));
		expect(record).toStrictEqual({
			...named,
			state: 'ended',
			outcome: 'run_failed',
			reason: 'y'.repeat(500),
			arrivedAt: NOW,
			endedAt: NOW,
		});
		expect(after(endChanges('succeeded', undefined, NOW))).not.toHaveProperty('reason');
	});

	it('shows by the clock of this process', () => {
		const record = after({ state: 'in_progress', startedAt: NOW, requestId: 'r', estimatedMs: 7 });
		expect(shownOf(record, 50)).toMatchObject({
			state: 'in_progress',
			requestId: 'r',
			runningSince: NOW + 50,
			estimatedMs: 7,
		});
	});
});

describe('changes of runs', () => {
	it('are announced, also if a listener fails, and not to those who have stopped listening', () => {
		const stop = runsChanged().add(() => {
			throw new Error('of the listener');
		});
		let heard = 0;
		const stopHearing = runsChanged().add(() => (heard += 1));
		runsChanged().call();
		stopHearing();
		runsChanged().call();
		expect(heard).toBe(1);
		stop();
	});
});

describe('what a run is about', () => {
	it.each([
		[
			{ 31: { inputs: { steps: 20 } }, 6: { inputs: { text: 'a cat\n  on a mat' } } },
			'a cat on a mat',
		],
		[{ 6: { inputs: { positive_prompt: 'a cat' } } }, 'a cat'],
		[{ 31: { inputs: { steps: 20, cfg: 7 } } }, 'steps: 20'],
		[{ 31: { inputs: { prompt_upsampling: true } } }, 'prompt_upsampling: true'],
		[{ 6: { inputs: { text: 'metadata: none' } } }, 'metadata: none'],
		[{ 189: { inputs: { image: 'data:image/png;base64,iVBOR' } } }, undefined],
		[
			{ 189: { inputs: { image: 'https://example.com/a.png' } } },
			'image: https://example.com/a.png',
		],
		[{ 31: { inputs: { model: ['4', 0] } } }, undefined],
		[{ 6: { inputs: { text: ' ' } } }, undefined],
		[{}, undefined],
		[undefined, undefined],
	])('%j: %s', (overrides, about) => {
		expect(aboutOf({ overrides })).toBe(about);
	});

	it('is a seed as well, digit for digit', () => {
		const seed = 18446744073709551615n;
		expect(aboutOf({ overrides: { 31: { inputs: { seed } } } })).toBe(`seed: ${seed}`);
	});

	it('is short, also of a long prompt', () => {
		const about = aboutOf({ inputs: { prompt: 'word '.repeat(1e6) } });
		expect(about).toHaveLength(120);
		expect(about).toMatch(/…$/);
	});
});
