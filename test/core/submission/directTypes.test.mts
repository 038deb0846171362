// Conversions by a model's schema: lists, what the schema describes deeper, null, names that are not listed.
import { describe, expect, it } from '@jest/globals';
import { json } from '../support/virtualHost.mts';
import {
	byName,
	LORA,
	loraRig,
	MODEL,
	type NamedDraft as Draft,
	PNG,
	PNG_URI,
	rig,
} from './rig.mts';

const of = (properties: object, more: object = {}) =>
	rig(() => json({ ...MODEL, input_schema: { type: 'object', properties, ...more } }));

async function sent(draft: Draft, properties: object, more: object = {}) {
	const { input, notes } = await of(properties, more).prepared(draft);
	expect(notes.warnings).toEqual([]);
	return input.inputs;
}

async function said(inputs: object, properties: object, more: object = {}) {
	const draft = { inputs: inputs as Record<string, unknown> };
	const { findings, warnings } = await of(properties, more).checked(draft);
	return { findings: findings.map(({ path, message }) => `${path}: ${message}`), warnings };
}

const text = { type: 'string' };
const list = { type: 'array', items: text };
describe('a value that the schema allows', () => {
	it.each<[object, string, unknown]>([
		[{ type: ['string', 'array'] }, 'x', ['a', 'b']],
		[{ type: ['array', 'string'] }, 'x', 'a'],
		[{ anyOf: [text, list] }, 'image_url', 'https://x.example/a.png'],
		[{ anyOf: [{ ...text, format: 'image_uri' }, { type: 'object' }] }, 'x', { url: 'a' }],
		[{ type: ['string', 'integer'] }, 'x', 7],
		[{ oneOf: [{ const: 'a' }, { type: 'integer' }] }, 'x', '7'],
		[{ allOf: [{ properties: { a: text } }], type: 'integer' }, 'x', { a: 'a' }],
		[{ ...list, minItems: 1 }, 'x', ['a', null]],
		[{ ...text, default: '' }, 'image', ''],
	])('%j takes it for %s: %j', async (property, name, value) => {
		expect(await sent({ inputs: { [name]: value } }, { [name]: property })).toEqual({
			[name]: value,
		});
	});

	it.each<[object, unknown, unknown]>([
		[{ type: ['integer', 'number'] }, '7.5', 7.5],
		[{ anyOf: [text, list] }, '["a", "b"]', ['a', 'b']],
		[{ type: 'array', items: { type: 'number' } }, '["1", 2]', [1, 2]],
		[{ type: 'number' }, '12345678901234567890', 12345678901234567890n],
	])('%j makes of the text %j in a form %j', async (property, given, value) => {
		expect(await sent({ fields: [byName('x', given)] }, { x: property })).toEqual({ x: value });
	});
});

it('an object is sent as it is given, also in a list, and files within it become data URIs', async () => {
	const lora = { type: 'object', properties: { scale: { type: 'float', maximum: 4 } } };
	const $defs = { Lora: lora };
	const loras = { type: 'array', maxItems: 2, items: { $ref: '#/$defs/Lora' } };
	const given = [{ scale: '5', more: { image: PNG } }, {}];
	const inputs = { loras: given, lora: given[0] };
	const made = [{ scale: '5', more: { image: PNG_URI } }, {}];
	expect(await sent({ inputs }, { loras, lora }, { $defs })).toEqual({
		loras: made,
		lora: made[0],
	});
	const fields = [byName('loras', '[{"scale": "5"}]'), byName('lora', '{"scale": "5"}')];
	expect(await sent({ fields }, { loras, lora }, { $defs })).toEqual({
		loras: [{ scale: '5' }],
		lora: { scale: '5' },
	});
	expect((await said({ loras: ['a'], lora: 'a' }, { loras, lora }, { $defs })).findings).toEqual([
		'loras: LoRAs (loras) takes a list or an object (JSON), not "a"',
		'lora: LoRA (lora) takes a list or an object (JSON), not "a"',
	]);
});

it('a single value becomes a list of one, and the entries of a list are converted and checked', async () => {
	const numbers = { type: 'array', items: { type: 'integer', maximum: 4 }, maxItems: 2 };
	expect(await sent({ inputs: { x: '3' } }, { x: numbers })).toEqual({ x: [3] });
	expect(await sent({ fields: [byName('x', '["3", 4]')] }, { x: numbers })).toEqual({ x: [3, 4] });
	for (const [x, problem] of [
		[[1, 'b'], 'takes a whole number, not "b"'],
		[[1, 5], 'must be at most 4, not 5'],
		[[1, 2, 3], 'takes at most 2 entries, not 3'],
	] as const) {
		expect((await said({ x }, { x: numbers })).findings).toEqual([`x: X (x) ${problem}`]);
	}
});

it('a number that has lost digits is refused once, wherever it stands', async () => {
	const lost = 2 ** 60;
	const properties = { seed: { type: 'number' }, steps: { type: 'integer' }, loras: list };
	const given = { seed: lost, steps: lost, loras: [{ id: lost }] };
	const required = ['seed', 'loras'];
	expect((await said(given, properties, { required })).findings).toEqual(
		['seed', 'steps', 'loras.0.id'].map(
			(at) => `${at}: "${at}" is larger than 2^53 and has lost digits: give it as text`,
		),
	);
	const fields = [byName('seed', lost)];
	await expect(loraRig().prepared({ target: LORA, fields })).rejects.toMatchObject({
		code: 'invalid_input',
		message: expect.stringContaining('SEED is larger than 2^53'),
	});
});

it.each([['https://x.example/a.png'], [['https://x.example/a.png', 'https://x.example/b.png']]])(
	'an input that takes one or a list gets %j, and a date stays a date',
	async (image) => {
		const properties = { image: { anyOf: [text, list] } };
		const inputs = { image, more: { on: new Date(0) } };
		expect(await sent({ inputs }, properties, { additionalProperties: true })).toEqual(inputs);
	},
);

it('bytes that begin as no media go to a LoRA deployment as text if they are one, and as a file unless its name says prompt', async () => {
	const bytes = Buffer.from('Grüße');
	const latin1 = Buffer.from('Grüße', 'latin1');
	const file = 'data:application/octet-stream;base64,';
	const { prepared } = loraRig();
	const given = { prompt: bytes, style: bytes, ctrl_img_1: PNG, control: latin1 };
	const { input } = await prepared({ target: LORA, inputs: given });
	const control = file + latin1.toString('base64');
	expect(input.inputs).toEqual({
		prompt: 'Grüße',
		style: 'Grüße',
		ctrl_img_1: PNG_URI,
		control,
	});
	await expect(prepared({ target: LORA, inputs: { prompt: latin1 } })).rejects.toMatchObject({
		code: 'invalid_input',
	});
});

it('null does not count as a value of an input that the model needs, unless it takes null', async () => {
	const needs = { required: ['x'] };
	for (const property of [text, list, { enum: ['a'] }]) {
		expect((await said({ x: null }, { x: property }, needs)).findings).toEqual([
			'x: the model needs X (x)',
		]);
	}
	for (const property of [
		...[{ type: ['string', 'null'] }, { anyOf: [text, { type: 'null' }] }, { enum: ['a', null] }],
		...[{ ...text, default: null }, { ...text, nullable: true }, {}, { anyOf: [text, list] }],
	]) {
		expect((await said({ x: null }, { x: property }, needs)).findings).toEqual([]);
	}
});

it('a name that the properties lack is sent with a warning, unless the schema says more', async () => {
	const images = { images: list };
	const given = { imges: ['https://x.example/a.png'] };
	expect(await said(given, images)).toEqual({
		findings: [],
		warnings: [`Sent anyway, though not in the model's schema: "imges" (did you mean "images"?)`],
	});
	expect(await said(given, images, { required: ['imges'] })).toEqual({
		findings: [],
		warnings: [],
	});
	expect(await said(given, images, { additionalProperties: true })).toEqual({
		findings: [],
		warnings: [],
	});
	expect(await said(given, images, { additionalProperties: false })).toEqual({
		findings: ['imges: the model has no input "imges" (did you mean "images"?)'],
		warnings: [],
	});
});

it('without a schema, a text in a form becomes what it reads as', async () => {
	const other = { kind: 'other' } as const;
	const string = { kind: 'string' } as const;
	const { input } = await rig(() => json({ message: 'no' }, 503)).prepared({
		fields: [
			...[byName('scale', '3.5', other), byName('on', 'true', other), byName('x', 'plain', other)],
			...[
				byName('image_urls', '["https://x.example/a.png"]', string),
				byName('size', '720', string),
			],
			...[byName('prompt', '[a, b]', string), byName('text', '["a"]', string)],
		],
	});
	expect(input.inputs).toEqual({
		scale: 3.5,
		on: true,
		x: 'plain',
		image_urls: ['https://x.example/a.png'],
		size: '720',
		prompt: '[a, b]',
		text: '["a"]',
	});
});
