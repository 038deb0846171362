// The reason of a failed run and the node at fault, in every format of RunComfy and ComfyUI.
import { describe, expect, it } from '@jest/globals';
import { expectSuccess, getResult } from '../../../core/index';
import { nameNodes, readFailures } from '../../../core/request/failures';
import { readResult } from '../../../core/request/result';
import { REF } from '../support/fakeJob.mts';
import { clientOf, json, thrownBy } from '../support/virtualHost.mts';

const FIELDS = { error: 'OutOfMemory', details: 'node 56 KSampler ran out', errorCode: 10011 };
const READ = {
	error: 'OutOfMemory',
	details: 'node 56 KSampler ran out',
	error_code: 10011,
	node: { id: '56', class_type: 'KSampler' },
};

const errorOf = (error: unknown) =>
	thrownBy(() => expectSuccess(readResult(REF, { status: 'failed', error })));

describe('the reasons of a failed run', () => {
	it.each<[string, unknown, unknown]>([
		['a list', [FIELDS], [READ]],
		['one object', FIELDS, [READ]],
		['a text', 'it broke', [{ details: 'it broke' }]],
		['a text that holds an object', JSON.stringify(FIELDS), [READ]],
		[
			'a text that holds a list of errors',
			JSON.stringify({ errors: [{ code: 5, message: 'm' }] }),
			[{ details: 'm', error_code: 5 }],
		],
		['a text that only looks like JSON', '{oops', [{ details: '{oops' }]],
		['a list of texts', ['a', 'b'], [{ details: 'a' }, { details: 'b' }]],
		['a number', 7, [{ details: '7' }]],
		['null', null, []],
		['an empty text', '', []],
		['the old names', { type: 'T', message: 'M' }, [{ error: 'T', details: 'M' }]],
		[
			'the words of ComfyUI',
			{ exception_type: 'E', exception_message: 'M', node_id: 3, node_type: 'VAEDecode' },
			[{ error: 'E', details: 'M', node: { id: '3', class_type: 'VAEDecode' } }],
		],
		[
			'the answer of ComfyUI to a graph that it cannot queue',
			{ error: { type: 'T', message: 'M', details: 'D' }, node_errors: {} },
			[{ error: 'T', details: 'M' }],
		],
		[
			'such an answer without a message',
			{ error: { type: 'T', details: 'D' }, node_errors: {} },
			[{ error: 'T', details: 'D' }],
		],
		[
			'such an answer whose reasons stand with the nodes',
			{
				error: { type: 'T', message: 'Prompt outputs failed validation', details: '' },
				node_errors: {
					3: {
						class_type: 'KSampler',
						errors: [{ type: 'R', message: 'Required input is missing', details: 'model' }],
					},
					9: { class_type: 'SaveImage', errors: [{ message: 'Odd' }, 'x'] },
				},
			},
			[
				{
					error: 'R',
					details: 'Required input is missing: model',
					node: { id: '3', class_type: 'KSampler' },
				},
				{ details: 'Odd', node: { id: '9', class_type: 'SaveImage' } },
			],
		],
	])('come as %s', (_form, error, read) => {
		expect(readFailures(error)).toEqual(read);
	});

	it('stand in the message, each with its node', () => {
		const error = errorOf([FIELDS, { details: 'second' }, 'third']);
		expect(error).toMatchObject({
			code: 'run_failed',
			...REF,
			retryable: false,
			message: 'The run failed: OutOfMemory, node 56 KSampler ran out; second; third',
			details: { node: { id: '56', class_type: 'KSampler' } },
		});
	});

	it.each([
		['node 56 KSampler: out of memory', 'node 56 KSampler: out of memory'],
		['Node #56: out of memory', 'node 56: out of memory'],
		['It went wrong in node 56', 'It went wrong in node 56'],
		[{ node_id: 56, details: 'out of memory' }, 'node 56: out of memory'],
		[{ node_id: 56, details: 'fed by node 12' }, 'node 56: fed by node 12'],
		[{ node_id: 56, details: 'node 12: no image' }, 'node 56: node 12: no image'],
		['node 56:', 'node 56:'],
		[{ error: 'node 56: out of memory' }, 'node 56: out of memory'],
	])('name a node once: %j', (reason, text) => {
		expect(errorOf([reason]).message).toBe(`The run failed: ${text}`);
	});

	it.each([
		[FIELDS, /larger hardware/],
		['CUDA out of memory', /larger hardware/],
		[{ error: 'FileUploadException' }, /run it again/],
		[
			{ error: 'FileUploadException', details: 'Node 189 (LoadImage): Invalid' },
			/kind that the node/,
		],
		[
			[{ error: 'FileUploadException', details: 'Node 189 (LoadImage): Invalid' }, 'stopped'],
			/kind that the node/,
		],
		['no such model', /^Change the inputs as the message says/],
		['Node 6 CLIPTextEncode: no such model', /^Open the named node in ComfyUI/],
	])('tell the way out: %j', (error, hint) => {
		expect(errorOf(error).hint).toMatch(hint);
	});
});

describe('the node at fault', () => {
	const report =
		'# ComfyUI Error Report\n## Error Details\n- **Node ID:** 38:42\n- **Node Type:** UNETLoader\n';
	const queue = {
		error: {
			type: 'prompt_outputs_failed_validation',
			message: 'Prompt outputs failed validation',
		},
		node_errors: { 3: { errors: [{ message: 'x' }], class_type: 'KSampler' } },
	};
	it.each<[unknown, unknown]>([
		['node 56 KSampler: out of memory', { id: '56', class_type: 'KSampler' }],
		['Error in node 38:42 (VAEDecode)', { id: '38:42', class_type: 'VAEDecode' }],
		['Node #5: value not in list', { id: '5' }],
		['node 5: Value not in list', { id: '5' }],
		['node 5 Value not in list', { id: '5' }],
		['node 5 RuntimeError', { id: '5' }],
		['node 5 gotNaNValues', { id: '5' }],
		['node 5 ErrorHandlerKJ', { id: '5', class_type: 'ErrorHandlerKJ' }],
		['node 5 CUDA error', { id: '5' }],
		['node_id=7', { id: '7' }],
		['Node ID: 12, Node Type: LoadImage', { id: '12', class_type: 'LoadImage' }],
		[report, { id: '38:42', class_type: 'UNETLoader' }],
		[
			'Failed to validate prompt for output 9:\n* KSampler 3:\n  - x',
			{ id: '3', class_type: 'KSampler' },
		],
		[queue, { id: '3', class_type: 'KSampler' }],
		[
			{ error: 'E', details: 'boom', debugInfo: report },
			{ id: '38:42', class_type: 'UNETLoader' },
		],
		[{ details: 'node 1', node_id: '2' }, { id: '2' }],
		[{ details: 'x', node_id: 0 }, { id: '0' }],
		[{ details: 'x', node_type: 'SaveImage' }, { class_type: 'SaveImage' }],
		['the machine went away', undefined],
		['a nodeless error 55', undefined],
	])('of %j', (error, node) => {
		expect(errorOf(error).details?.['node']).toEqual(node);
	});

	it('may not be known: the reason is unchanged', () => {
		const reasons = ['it broke', { details: 'x', node_type: 'SaveImage' }, 'node 9: bad'];
		const result = readResult(REF, { status: 'failed', error: reasons });
		expect(nameNodes(result, { 3: { class_type: 'KSampler' } })).toEqual(result);
		expect(nameNodes(result, undefined)).toBe(result);
	});
});

describe('a result that is not a failure', () => {
	it('passes, and a canceled one throws', () => {
		const good = readResult(REF, { status: 'succeeded' });
		expect(expectSuccess(good)).toBe(good);
		expect(() => expectSuccess(readResult(REF, { status: 'cancelled' }))).toThrow(
			expect.objectContaining({ code: 'run_canceled', ...REF }),
		);
	});
});

describe('a failed result that carries an error_code', () => {
	const BODY = { request_id: 'req-1', status: 'failed', error_code: 10011 };

	it('is a result anyway, and names the node', async () => {
		const error = [{ error: 'OutOfMemory', details: 'node 56 KSampler ran out' }];
		const body = json({ ...BODY, error_message: 'Execution failed', error });
		expect(await getResult(clientOf(body).client, REF)).toMatchObject({
			status: 'failed',
			error: [{ error: 'OutOfMemory', node: { id: '56', class_type: 'KSampler' } }],
		});
	});

	it.each([[undefined], [null], [[]]])(
		'and says why beside it, if its error is %j',
		async (error) => {
			const body = json({ ...BODY, error_message: 'Node 3 has no image', error });
			expect((await getResult(clientOf(body).client, REF)).error).toEqual([
				{ details: 'Node 3 has no image', error_code: 10011, node: { id: '3' } },
			]);
		},
	);

	it('is none if the run has not failed: the code is why it cannot be had', async () => {
		const body = json({ ...BODY, status: 'in_progress', error_code: 10003 });
		await expect(getResult(clientOf(body).client, REF)).rejects.toMatchObject({
			code: 'deployment_deleted',
			...REF,
		});
	});

	it('is none if the HTTP status is an error', async () => {
		await expect(getResult(clientOf(json(BODY, 403)).client, REF)).rejects.toMatchObject({
			code: 'run_failed',
		});
	});
});
