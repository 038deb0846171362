// What a host keeps of a request that is paid for.
import { describe, expect, it } from '@jest/globals';
import {
	acceptedReceipt,
	attachedReceipt,
	endedReceipt,
	observedReceipt,
	plannedReceipt,
	type ReceiptIds,
	reopenedReceipt,
	requestIn,
	submittingReceipt,
} from '../../../core/index.ts';

describe('the receipt of a request', () => {
	it('goes from what is planned to what RunComfy has accepted, and each step is another object', () => {
		const notes = { warnings: ['large'], seeds: { 3: 7 } };
		const planned = plannedReceipt({ deploymentId: 'd' }, 1, notes);
		const submitting = submittingReceipt(planned, 2);
		const accepted = acceptedReceipt(submitting, 'r', 3);
		expect([planned, submitting, accepted]).toEqual([
			{ ids: { deploymentId: 'd' }, state: 'planned', at: 1, notes },
			{ ids: { deploymentId: 'd' }, state: 'submitting', at: 2, notes },
			{ ids: { deploymentId: 'd', requestId: 'r' }, state: 'accepted', at: 3, notes },
		]);
		expect(JSON.parse(JSON.stringify(accepted))).toEqual(accepted);
	});

	it('of a request that somebody else submitted says since when it is waited for', () => {
		const ids = { requestId: 'r', deploymentId: 'd' };
		expect(attachedReceipt(ids, 4)).toEqual({ ids, state: 'attached', at: 4 });
	});

	it('has what was seen, and an end, which another try may take back', () => {
		const accepted = acceptedReceipt(plannedReceipt({ deploymentId: 'd' }, 1), 'r', 2);
		const observed = observedReceipt(accepted, { polls: 1 });
		expect(observed).toEqual({ ...accepted, seen: { polls: 1 } });
		const end = { code: 'aborted', message: 'Canceled' } as const;
		const ended = endedReceipt(observed, end);
		expect(ended).toEqual({ ...observed, end });
		expect(reopenedReceipt(ended)).toStrictEqual(observed);
	});

	it.each<[string, ReceiptIds]>([
		['of a deployment', { deploymentId: 'd', requestId: 'r' }],
		['of a hosted model', { service: 'model', modelId: 'a/b', requestId: 'r' }],
		['of a hosted model by its own id alone', { service: 'model', requestId: 'r' }],
	])('names the request %s', (_what, ids) => {
		expect(requestIn(ids)).toEqual(ids);
	});

	it.each<[string, ReceiptIds]>([
		['was not accepted', { deploymentId: 'd' }],
		['has no deployment', { requestId: 'r' }],
	])('names no request that %s', (_what, ids) => {
		expect(requestIn(ids)).toBeUndefined();
	});
});
