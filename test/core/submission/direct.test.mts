// Inputs by name for a hosted model: read, converted, checked, and then submitted.
import { describe, expect, it } from '@jest/globals';
import { errorOf, json } from '../support/virtualHost.mts';
import { byName, filesNamed, MODEL, MODEL_ID, type NamedDraft, PNG, PNG_URI, rig } from './rig.mts';

const sentBy = async (draft: NamedDraft) => (await rig().prepared(draft)).input.inputs;

describe('the inputs of a model', () => {
	it('become a submit, in the types of its schema; JSON wins over fields', async () => {
		const { input, notes, workflow } = await rig().prepared({
			fields: [
				byName('prompt', 'a cat'),
				byName('steps', '20'),
				byName('strength', '0.5'),
				byName('size', 'square '),
				byName('tags', 'a'),
				byName('seed', null),
				byName('image_urls', 'https://x.example/field.png'),
			],
			inputs: { steps: 30, image_urls: ['photo', 'https://x.example/b.png'] },
			files: filesNamed({ photo: PNG }),
		});
		expect(input).toEqual({
			modelId: MODEL_ID,
			inputs: {
				prompt: 'a cat',
				steps: 30,
				strength: 0.5,
				size: 'square',
				tags: ['a'],
				image_urls: [PNG_URI, 'https://x.example/b.png'],
			},
		});
		expect(notes).toEqual({ warnings: [], base_price: '$0.012 / image' });
		expect(workflow).toBeUndefined();
	});

	it.each<[Record<string, unknown>, string]>([
		[{ prompt: ' ' }, 'the model needs Prompt (prompt)'],
		[{ prompt: 7, promt: 'x' }, 'did you mean "prompt"'],
		[{ prompt: 'x', steps: ['9', 0] }, 'Steps (steps) takes a whole number'],
		[{ prompt: 'x', strength: NaN }, 'Strength (strength) is not a number'],
		[{ prompt: 'x', tags: ['a', 'c'] }, 'Tags (tags) has no choice "c"'],
		[{ prompt: 'x', image_urls: [] }, 'Image urls (image_urls) takes at least 1 entry, not 0'],
		[{ prompt: 'x', image_urls: ['/home/me/a.png'] }, 'not the path'],
		[{ prompt: 'x', video: 'C:\\a.mp4' }, 'not the path'],
	])('%j are refused before the submit', async (inputs, said) => {
		const { prepared, host } = rig();
		const error = await errorOf(prepared({ inputs }));
		expect(error).toMatchObject({ code: 'invalid_input', message: expect.stringContaining(said) });
		expect(error.details?.['findings']).toEqual(
			expect.arrayContaining([expect.objectContaining({ message: expect.stringContaining(said) })]),
		);
		expect(host.calls.every(({ request }) => request.method === 'GET')).toBe(true);
	});

	it('are refused all at once, in the words of the form', async () => {
		const { findings } = await rig().checked({
			fields: [byName('prompt', undefined), byName('steps', ''), byName('strength', '7')],
		});
		expect(findings.map(({ path, message }) => `${path}: ${message}`)).toEqual([
			'prompt: PROMPT has no value: its expression gives none (null leaves it out)',
			'steps: STEPS has no value: its expression gives none (null leaves it out)',
			'strength: STRENGTH (strength) must be at most 1, not 7',
		]);
	});

	it('go unchecked if the user says so, or if nothing tells what fits', async () => {
		const inputs = { anything: 'x' };
		const off = await rig().prepared({ inputs }, { check: false });
		expect([off.input.inputs, off.notes.warnings]).toEqual([inputs, []]);
		for (const answer of [
			{ ...MODEL, input_schema: null },
			{ ...MODEL, input_schema: { a: 1 } },
		]) {
			const { input, notes } = await rig(() => json(answer)).prepared({ inputs });
			expect(input.inputs).toEqual(inputs);
			expect(notes.warnings).toEqual([expect.stringContaining('does not say')]);
		}
		const { notes } = await rig(() => json({ message: 'no' }, 503)).prepared({ inputs });
		expect(notes.warnings).toEqual([expect.stringContaining('were not checked')]);
	});

	it('of a model that is not there are not submitted', async () => {
		const { prepared } = rig(() => json({ detail: 'none' }, 404));
		expect(await errorOf(prepared({ inputs: {} }))).toMatchObject({
			code: 'not_found',
			hint: expect.stringContaining('Check the ids'),
		});
	});

	it.each<[unknown, unknown]>([
		[
			'["https://x.example/a.png", "https://x.example/b.png"]',
			['https://x.example/a.png', 'https://x.example/b.png'],
		],
		[
			[PNG, PNG_URI],
			[PNG_URI, PNG_URI],
		],
	])('may give a list of files as %j', async (value, sent) => {
		for (const draft of [
			{ fields: [byName('prompt', 'x'), byName('image_urls', value)] },
			{ inputs: { prompt: 'x', image_urls: value } },
		]) {
			expect(await sentBy(draft)).toEqual({ prompt: 'x', image_urls: sent });
		}
	});

	it.each([{ seed: null }, { lora: { path: 'a.safetensors' } }, { loras: [] }])(
		'may have %j',
		async (inputs) => {
			expect(await sentBy({ inputs: { prompt: 'x', ...inputs } })).toEqual({
				prompt: 'x',
				...inputs,
			});
		},
	);
});

describe('a seed of a model', () => {
	it('is drawn within its limits, and told', async () => {
		for (const draft of [
			{ inputs: { prompt: 'x', seed: 'random' } },
			{ inputs: { prompt: 'x' }, randomSeeds: true },
			{ fields: [byName('prompt', 'x'), byName('seed', ' Random')] },
		]) {
			const { input, notes } = await rig().prepared(draft);
			const seed = input.inputs?.['seed'];
			expect(Number.isInteger(seed) && Number(seed) >= 0 && Number(seed) <= 1000).toBe(true);
			expect(notes.seeds).toEqual({ seed });
		}
	});

	it('that it does not have cannot be drawn, which is said', async () => {
		const { prepared } = rig(() => json({ ...MODEL, input_schema: { properties: {} } }));
		const { notes } = await prepared({ randomSeeds: true });
		expect(notes.warnings).toEqual([expect.stringContaining('No random seed')]);
	});

	it('that is set stays', async () => {
		const { notes } = await rig().prepared({ inputs: { prompt: 'x', seed: 7 }, randomSeeds: true });
		expect(notes.seeds).toEqual({ seed: 7 });
	});
});

describe('a file for a model', () => {
	const files = filesNamed({ a: PNG, big: new Uint8Array(2_000).fill(7) });

	it('is refused if it is larger than the model takes', async () => {
		const error = await errorOf(rig().prepared({ files, inputs: { prompt: 'x', video: 'big' } }));
		expect(error).toMatchObject({
			code: 'invalid_input',
			message: expect.stringContaining('big has 2 KB, and the model takes'),
		});
	});
});
