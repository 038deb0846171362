// Reads answers, including outputs that ComfyUI left out (`node_errors`).
import { describe, expect, it } from '@jest/globals';
import { cancel, getResult, getStatus } from '../../../core/index';
import { submit } from '../../../core/request/submit';
import { expectNamed } from '../../support/expect.mts';
import { pursuitOf } from '../../support/pursued.mts';
import { fakeJob, REF } from '../support/fakeJob.mts';
import { clientOf, failure, json, sequence } from '../support/virtualHost.mts';

const URLS = {
	status_url: 'https://api.runcomfy.net/prod/v2/deployments/DEP/requests/REQ/status',
	result_url: 'https://api.runcomfy.net/prod/v2/deployments/DEP/requests/REQ/result',
};

const IDS = { request_id: REF.requestId, deployment_id: REF.deploymentId };

describe('an answer', () => {
	const answering = (body: unknown) => clientOf(json(body));

	/** The value in the answer, and the value that is read; a single one if they are the same. */
	type Said = [said: object, read?: object];

	it.each<Said>([
		[{ status: 'in_queue', queue_position: 0 }],
		[{ status: 'in_queue', queue_position: null }, { status: 'in_queue' }],
		[{ status: 'in_progress', instance_id: 'i-1' }],
		[{ status: 'completed', instance_id: 'i-1' }],
		[{ status: 'warming' }, { status: 'unknown', reported_status: 'warming' }],
	])('a status: %j', async (...[said, read = said]: Said) => {
		const raw = { request_id: REF.requestId, ...URLS, ...said };
		const { client } = answering(raw);
		expect(await getStatus(client, REF)).toEqual({ ...IDS, ...read, raw });
	});

	const boom = { status: 'failed', error: [{ details: 'boom' }] };
	const times = { created_at: 'A', finished_at: 'B' };
	it.each<Said>([
		[
			{ status: 'cancelled', ...times },
			{ status: 'canceled', ...times },
		],
		[{ status: 'succeeded', outputs: { 9: { images: [] } }, instance_id: 'i-1' }],
		[{ status: 'succeeded', outputs: [] }, { status: 'succeeded' }],
		[
			{ status: 'succeeded', outputs: ['a boat'] },
			{ status: 'succeeded', output: ['a boat'] },
		],
		[
			{ status: 'failed', error: 'boom', log_url: 'https://l' },
			{ ...boom, log_url: 'https://l' },
		],
		[{ status: 'failed', errors: ['boom'] }, boom],
		[{ status: 'failed', message: 'boom' }, boom],
		[{ status: 'failed' }, { ...boom, error: [] }],
		[{ status: 'odd' }, { status: 'unknown', reported_status: 'odd' }],
	])('a result: %j', async (...[said, read = said]: Said) => {
		const raw = { request_id: REF.requestId, ...said };
		const { client } = answering(raw);
		expect(await getResult(client, REF)).toEqual({ ...IDS, ...read, raw });
	});
});

describe('states of a request', () => {
	it.each([
		['in_queue', 'in_queue', 'in_queue'],
		['in_progress', 'in_progress', 'in_progress'],
		['cancellation_requested', 'in_progress', 'in_progress'],
		['completed', 'completed', 'succeeded'],
		['succeeded', 'completed', 'succeeded'],
		['failed', 'completed', 'failed'],
		['canceled', 'canceled', 'canceled'],
		['cancelled', 'canceled', 'canceled'],
	])('%s is %s as a status and %s as a result', async (word, job, result) => {
		for (const written of spellings(word)) {
			const { client } = clientOf(json({ status: written }));
			expectNamed((await getStatus(client, REF)).status, written).toBe(job);
			expectNamed((await getResult(client, REF)).status, written).toBe(result);
		}
	});

	it.each(['paused', 'constructor', '__proto__'])('%j is unknown', async (word) => {
		const { client } = clientOf(json({ status: word }));
		expect((await getStatus(client, REF)).status).toBe('unknown');
		expect((await getResult(client, REF)).status).toBe('unknown');
	});
});

describe('the answer to a cancel', () => {
	it.each([
		[{ status: 'cancellation_requested' }, 'cancellation_requested'],
		[{ status: 'not_cancellable' }, 'not_cancellable'],
		[{ status: 'completed', outcome: 'cancelled' }, 'cancellation_requested'],
		[{ status: 'completed', outcome: 'not_cancellable' }, 'not_cancellable'],
		[{ status: 'in_progress', outcome: 'NOT-CANCELLABLE' }, 'not_cancellable'],
		[{ status: 'not_cancelable' }, 'not_cancellable'],
		[{ status: 'cancelled', outcome: '' }, 'cancellation_requested'],
		[{ status: 'cancelled', outcome: null }, 'cancellation_requested'],
		[{ status: 'completed' }, 'unknown'],
		[{ status: 'not_cancellable_yet' }, 'unknown'],
		[{ status: 'is_not_cancellable' }, 'unknown'],
		[{}, 'unknown'],
	])('%j is %s', async (answer, status) => {
		const { client } = clientOf(json(answer, 202));
		expect(await cancel(client, REF)).toMatchObject({ ...IDS, status });
	});

	it.each([
		[failure('ECONNRESET'), 'unknown'],
		[{ status: 502 }, 'unknown'],
		[failure('ECONNREFUSED'), 'not_cancellable'],
		[{ status: 429 }, 'not_cancellable'],
	])(
		'says what came of it unless an earlier attempt may have been carried out: %j',
		async (first, status) => {
			const { client } = clientOf(sequence(first, json({ status: 'not_cancellable' }, 202)));
			expect(await cancel(client, REF)).toMatchObject({ ...IDS, status });
		},
	);
});

function spellings(word: string): string[] {
	const between = ['-', ' ', ' - '].map((written) => word.replace(/_/g, written));
	return [word, word.toUpperCase(), ...between, ` ${word} `];
}

const missing = (details: string) => ({
	type: 'required_input_missing',
	message: 'Required input is missing',
	details,
	extra_info: { input_name: details },
});
const NODE_ERRORS = {
	6: { errors: [missing('text')], dependent_outputs: ['9', 12], class_type: 'CLIPTextEncode' },
};
const WARNING =
	'ComfyUI left out the output of node 9; 12: node 6 CLIPTextEncode: required_input_missing, Required input is missing: text.';

describe('outputs that ComfyUI left out', () => {
	it('are a warning of the submit', async () => {
		const answer = { request_id: REF.requestId, node_errors: NODE_ERRORS };
		const { client } = clientOf(json(answer));
		expect(await submit(client, REF)).toMatchObject({ warnings: [WARNING] });
	});

	it.each([[{ node_errors: NODE_ERRORS }], [{ error: { node_errors: NODE_ERRORS } }]])(
		'are a warning of a result that has %j',
		async (more) => {
			const { client } = clientOf(json({ status: 'succeeded', outputs: {}, ...more }));
			expect(await getResult(client, REF)).toMatchObject({ warnings: [WARNING] });
		},
	);

	it('are reported once per run, whatever the source', async () => {
		const node_errors = NODE_ERRORS;
		const instead = ({ leaf }: { leaf: string }) =>
			leaf === 'inference' ? json({ request_id: REF.requestId, node_errors }) : undefined;
		const result = { node_errors };
		for (const options of [{ instead }, { result }, { instead, result }]) {
			const pursuit = pursuitOf(clientOf(fakeJob(options).script).client, REF);
			const { warnings = [] } = await pursuit.ended();
			expect([...(pursuit.receipt.notes?.warnings ?? []), ...warnings]).toEqual([WARNING]);
		}
	});

	it('are none of a run that failed: that says them as its reasons', async () => {
		const { client } = clientOf(json({ status: 'failed', error: { node_errors: NODE_ERRORS } }));
		expect(await getResult(client, REF)).not.toHaveProperty('warnings');
	});
});
