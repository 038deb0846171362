// What a user set, made a submit of: the same for every host.
import { describe, expect, it } from '@jest/globals';
import { type Draft, type FieldValue, type KnownWorkflow, prepare } from '../../../core/index';
import { GRAPH } from '../support/workflowGraphs.mts';
import { client, KNOWN, submission } from './preparing.mts';

const UNREADABLE: KnownWorkflow = { info: {}, warnings: ['not checked'] };

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const dataUri = (bytes: Uint8Array, type = 'image/png') =>
	`data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
const large = (bytes: number) => Buffer.concat([PNG, Buffer.alloc(bytes - PNG.length)]);

const field = (id: string, value: unknown, more: Partial<FieldValue> = {}): FieldValue => {
	const [nodeId = '', input = ''] = id.split('.');
	return {
		nodeId,
		input,
		value,
		label: `L${id}`,
		source: 'its expression',
		spec: { kind: 'other' },
		...more,
	};
};

const overridesOf = async (draft: Partial<Draft>, known?: KnownWorkflow | null) =>
	(await submission(draft, known)).input.overrides;

const failure = (draft: Partial<Draft>, known?: KnownWorkflow | null, maxFileBytes?: number) =>
	submission(draft, known, maxFileBytes).then(
		() => Promise.reject(new Error('It was taken')),
		(error: unknown) => error as { code: string; message: string },
	);

describe('fields', () => {
	it('become overrides in the types of the workflow', async () => {
		const fields = [
			field('3.steps', '7'),
			field('3.cfg', '1.5'),
			field('6.text', 12),
			field('3.sampler_name', 'heun'),
			field('3.seed', '18446744073709551615'),
		];
		expect(await overridesOf({ fields })).toEqual({
			3: { inputs: { steps: 7, cfg: 1.5, sampler_name: 'heun', seed: 18446744073709551615n } },
			6: { inputs: { text: '12' } },
		});
	});

	it('that are null leave the input as deployed', async () => {
		expect(await overridesOf({ fields: [field('6.text', null)] })).toEqual({});
	});

	it('give way to overrides, input by input', async () => {
		const fields = [field('3.steps', 7), field('6.text', 'a dog')];
		const overrides = { 3: { inputs: { steps: 9, cfg: 2 } } };
		expect(await overridesOf({ fields, overrides })).toEqual({
			3: { inputs: { steps: 9, cfg: 2 } },
			6: { inputs: { text: 'a dog' } },
		});
	});

	it('and overrides are told in full when they do not fit', async () => {
		const fields = [field('3.steps', 0), field('5.width', undefined), field('3.cfg', NaN)];
		const overrides = { 3: { inputs: { denoise: 2 } }, 99: { inputs: { text: 'x' } } };
		expect(await failure({ fields, overrides })).toMatchObject({
			code: 'invalid_overrides',
			details: {
				findings: [
					{
						path: '5.inputs.width',
						problem: 'no_value',
						message:
							'L5.width has no value: its expression gives none (null leaves the input as deployed)',
					},
					{
						path: '3.inputs.cfg',
						message: expect.stringMatching(/gives NaN, which is not a number/),
					},
					{ path: '3.inputs.steps' },
					{ path: '3.inputs.denoise' },
					{ path: '99' },
				],
			},
		});
	});
});

describe('if the workflow cannot be asked', () => {
	it('the kind that the host kept counts', async () => {
		const fields = [field('3.steps', '7', { spec: { kind: 'integer' } })];
		const { input, notes } = await submission({ fields }, UNREADABLE);
		expect(input.overrides).toEqual({ 3: { inputs: { steps: 7 } } });
		expect(notes).toStrictEqual({ warnings: ['not checked'] });
		const wrong = [field('3.steps', 'many', { spec: { kind: 'integer' } })];
		expect(await failure({ fields: wrong }, UNREADABLE)).toMatchObject({
			code: 'invalid_overrides',
			message: expect.stringContaining('L3.steps takes a whole number, not "many"'),
		});
	});

	it('it is asked for once', async () => {
		const asked: unknown[] = [];
		const read = (...args: unknown[]) => {
			asked.push(args);
			return Promise.resolve({ ...UNREADABLE, kept: true });
		};
		const overrides = { 3: { inputs: { note: 'x' } } };
		await prepare(client, { deploymentId: 'd', overrides }, { read });
		await prepare(
			client,
			{ deploymentId: 'd', workflow: { format: 'api', workflow: GRAPH } },
			{ read },
		);
		expect(asked).toEqual([
			[{ deploymentId: 'd', workflowApiJson: undefined }],
			[{ deploymentId: 'd', workflowApiJson: GRAPH }],
		]);
	});

	it('its range and choices do not: the deployment may have changed since', async () => {
		const fields = [
			field('3.steps', 99, { spec: { kind: 'integer', max: 50 } }),
			field('3.sampler_name', 'new', { spec: { kind: 'choice', choices: ['euler'] } }),
		];
		expect(await overridesOf({ fields }, UNREADABLE)).toEqual({
			3: { inputs: { steps: 99, sampler_name: 'new' } },
		});
	});

	it('the same holds if it is not to be asked', async () => {
		const fields = [field('3.steps', '', { spec: { kind: 'integer' } })];
		expect(await failure({ fields }, null)).toMatchObject({ code: 'invalid_overrides' });
		const overrides = { 99: { inputs: { text: 'x' } } };
		const { input, notes } = await submission({ overrides }, null);
		expect(input.overrides).toEqual(overrides);
		expect(notes).toStrictEqual({ warnings: [] });
	});
});

describe('seeds', () => {
	it('are drawn for "random", told, and within the class’s limits', async () => {
		const { input, notes } = await submission({ fields: [field('3.seed', ' Random ')] });
		const seed = input.overrides?.['3']?.inputs['seed'];
		expect(seed).toEqual(expect.any(Number));
		expect(notes.seeds).toEqual({ 3: seed });
	});

	it('are none if none is set', async () => {
		expect((await submission({})).notes).toEqual({
			warnings: [],
			outputNodes: [{ id: '9', title: 'Save' }],
		});
	});
});

describe('files in values', () => {
	const forms: Array<[string, unknown]> = [
		['bytes', PNG],
		['a data URI', dataUri(PNG)],
		['a data URI of the wrong type', dataUri(PNG, 'image/jpeg')],
	];
	it.each([...forms, ['base64', large(66).toString('base64')]] as Array<[string, unknown]>)(
		'%s, in a field and in overrides, become the same data URI',
		async (_what, value) => {
			const expected = {
				10: { inputs: { image: expect.stringMatching(/^data:image\/png;base64,iVBOR/) } },
			};
			const spec = { kind: 'media' } as const;
			expect(await overridesOf({ fields: [field('10.image', value, { spec })] })).toEqual(expected);
			expect(await overridesOf({ overrides: { 10: { inputs: { image: value } } } })).toEqual(
				expected,
			);
			expect(
				await overridesOf({ fields: [field('10.image', value, { spec })] }, UNREADABLE),
			).toEqual(expected);
		},
	);

	it.each(forms)('%s too large is refused before RunComfy is asked', async (_what, value) => {
		let asked = 0;
		const read = () => Promise.resolve({ ...KNOWN, n: (asked += 1) });
		for (const draft of [
			{ fields: [field('10.image', value)] },
			{ overrides: { 10: { inputs: { image: value } } } },
		]) {
			const attempt = prepare(client, { deploymentId: 'd', ...draft }, { read, maxFileBytes: 10 });
			await expect(attempt).rejects.toMatchObject({
				code: 'invalid_input',
				message: expect.stringMatching(
					/(L10\.image|node 10, input image,) has .* limit of 10 bytes for input files/,
				),
			});
		}
		expect(asked).toBe(0);
	});

	it('base64 too large is refused once the workflow shows that it is a file', async () => {
		const overrides = { 10: { inputs: { image: large(66).toString('base64') } } };
		expect(await failure({ overrides }, KNOWN, 10)).toMatchObject({
			code: 'invalid_input',
			message: expect.stringMatching(
				/node 10, input image, has .* limit of 10 bytes for input files/,
			),
		});
	});

	it('larger than recommended are a warning', async () => {
		const { notes } = await submission({
			overrides: { 10: { inputs: { image: large(300_000) } } },
		});
		expect(notes.warnings).toEqual([
			expect.stringMatching(/^The file for node 10, input image, has 293 KB; RunComfy recommends/),
		]);
	});

	it('a prompt that begins like a data URI is a prompt', async () => {
		const overrides = { 6: { inputs: { text: 'data: a chart of sales, in blue' } } };
		expect(await overridesOf({ overrides })).toEqual(overrides);
		expect(await overridesOf({ fields: [field('6.text', 'data: x, y')] }, UNREADABLE)).toEqual({
			6: { inputs: { text: 'data: x, y' } },
		});
	});
});

describe('input files', () => {
	const file = (
		nodeId: string,
		input: string,
		read = async () => ({ value: 'data:x', warnings: ['large'] }),
	) => ({
		nodeId,
		input,
		label: 'Input Files, From URL 1',
		read,
	});

	it('are checked before they are read, and win', async () => {
		let reads = 0;
		const read = async () => ({ value: `data:${(reads += 1)}`, warnings: [] });
		const draft = {
			deploymentId: 'd',
			fields: [field('10.image', 'a.png')],
			files: [file('10', 'image', read)],
		};
		const prepared = await prepare(client, draft, { read: () => Promise.resolve(KNOWN) });
		expect(reads).toBe(0);
		expect((await prepared.withFiles()).input.overrides).toEqual({
			10: { inputs: { image: 'data:1' } },
		});
	});

	it('for an input that takes none are refused', async () => {
		expect(await failure({ files: [file('3', 'steps')] })).toMatchObject({
			code: 'invalid_overrides',
			message: expect.stringContaining('takes a whole number, not a data URI'),
		});
	});

	it('that cannot be read are named', async () => {
		const files = [file('10', 'image', () => Promise.reject(new Error('gone')))];
		expect(await failure({ files })).toMatchObject({
			code: 'invalid_input',
			message: 'Input Files, From URL 1: gone',
		});
	});
});

describe('the rest', () => {
	it('goes along', async () => {
		const sent = { extraData: { a: 1 }, webhook: 'https://e.com/x' };
		const source = { format: 'api', workflow: GRAPH } as const;
		const { input, workflow } = await submission({ ...sent, workflow: source }, UNREADABLE);
		expect(input).toMatchObject({ ...sent, workflowApiJson: GRAPH });
		expect(workflow).toBe(GRAPH);
	});

	it('a webhook that is none is refused before RunComfy is asked', async () => {
		const read = () => Promise.reject(new Error('It was asked'));
		await expect(
			prepare(client, { deploymentId: 'd', webhook: 'example' }, { read }),
		).rejects.toMatchObject({ code: 'invalid_input', message: /webhook URL "example"/ });
	});

	it('a form is told if the deployment has changed since', async () => {
		const shown = [
			{ nodeId: '3', input: 'steps', label: 'steps', value: 20 },
			{ nodeId: '3', input: 'cfg', label: 'cfg', value: 9 },
		];
		expect((await submission({ untouched: shown })).notes.warnings).toEqual([
			expect.stringMatching(/changed since its form was loaded.*: cfg is 4\.5 now\. Choose/),
		]);
	});
});
