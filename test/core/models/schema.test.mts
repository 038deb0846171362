// Fields of a form from a model's input_schema: JSON Schema with RunComfy's quirks, and garbage.
import { describe, expect, it } from '@jest/globals';
import { describeModelInputs, type Model } from '../../../core/index';

const modelWith = (input_schema: unknown, more: Partial<Model> = {}): Model => ({
	model_id: 'm',
	display_name: 'm',
	categories: [],
	...more,
	input_schema: input_schema as never,
});
const fieldsOf = (properties: unknown, more: object = {}) =>
	describeModelInputs(modelWith({ type: 'object', properties, ...more }));
const $defs = { Size: { enum: ['S', 'L'] }, Deep: { $ref: '#/$defs/Size' } };
const specOf = (property: unknown, name = 'x') =>
	fieldsOf({ [name]: property }, { $defs })[0]?.spec;

/** As captured in September 2026. */
const FLUX = {
	type: 'object',
	required: ['prompt'],
	properties: {
		guidance_scale: { type: 'float', minimum: 0, maximum: 20, default: 2.5 },
		output_format: { type: 'string', enum: ['jpeg', 'png', 'webp'], default: 'png' },
		image_size: {
			type: 'string',
			enum: ['square', 'landscape_4_3', 'portrait_4_3'],
			default: 'landscape_4_3',
		},
		seed: { type: 'integer', default: null },
		prompt: { type: 'string', description: 'What to draw' },
	},
};

describe('the inputs of a model', () => {
	it('come as those of a workflow do, the likely ones first', () => {
		const fields = describeModelInputs(modelWith(FLUX));
		expect(fields.map(({ label }) => label)).toEqual([
			'Prompt',
			'Seed',
			'Guidance scale',
			'Output format',
			'Image size',
		]);
		expect(fields[0]).toEqual({
			nodeId: '',
			classType: '',
			title: '',
			input: 'prompt',
			name: 'Prompt',
			label: 'Prompt',
			path: 'prompt',
			required: true,
			likely: true,
			saved: undefined,
			spec: { kind: 'string', multiline: true, tooltip: 'What to draw' },
		});
		expect(fields[2]).toMatchObject({
			spec: { kind: 'float', min: 0, max: 20, default: 2.5 },
			saved: 2.5,
			required: false,
		});
	});

	it.each<[unknown, object]>([
		[{ type: ['integer', 'null'], default: null }, { kind: 'integer' }],
		[{ enum: [1, 2, null] }, { kind: 'choice', choices: [1, 2] }],
		[{ enum: [{}, 2], type: 'integer' }, { kind: 'integer' }],
		[
			{ type: 'array', items: { enum: ['a', 'b'] } },
			{ kind: 'json', many: true, choices: ['a', 'b'] },
		],
		[
			{ type: 'integer', exclusiveMinimum: 0, multipleOf: 8 },
			{ kind: 'integer', min: 0, step: 8 },
		],
		[
			{ anyOf: [{ type: 'integer' }, { type: 'null' }], title: 'T' },
			{ kind: 'integer', displayName: 'T' },
		],
		[
			{ anyOf: [{ $ref: '#/$defs/Size' }, { type: 'null' }], default: 'S' },
			{ kind: 'choice', choices: ['S', 'L'], default: 'S' },
		],
		[
			{ $ref: '#/$defs/Size', title: 'T' },
			{ kind: 'choice', choices: ['S', 'L'], displayName: 'T' },
		],
		[
			{ type: 'array', items: { $ref: '#/$defs/Size' }, maxItems: 2 },
			{ kind: 'json', many: true, choices: ['S', 'L'], maxItems: 2 },
		],
		[
			{ type: 'array', items: { type: 'array' } },
			{ kind: 'json', many: true },
		],
		[{ type: 'object', properties: { a: {} } }, { kind: 'json' }],
		[{ type: 'string', pattern: '(a+)+$', minLength: 1e9, if: {}, not: {} }, { kind: 'string' }],
	])('%j take %j', (property, spec) => {
		expect(specOf(property)).toEqual(spec);
	});

	it.each([
		{},
		{ type: ['integer', 'string'] },
		{ anyOf: [{ type: 'integer' }, { enum: ['auto'] }] },
		{ oneOf: [{ const: 'a' }, { const: 'b' }] },
		{ allOf: [{ $ref: '#/$defs/Size' }] },
		{ $ref: '#/$defs/Deep' },
		{ $ref: '#/$defs/None' },
		{ $ref: 'https://x.example/schema' },
		{ type: 'anything' },
	])('that are described in any other way take everything: %j', (property) => {
		expect(specOf(property)).toEqual({ kind: 'other' });
	});

	it.each<[string, unknown, object]>([
		[
			'x',
			{ type: 'string', format: 'image_uri' },
			{ kind: 'media', upload: 'image', address: true },
		],
		[
			'x',
			{ type: 'array', items: { type: 'string', format: 'audio_uri' } },
			{ kind: 'media', many: true, upload: 'audio', address: true },
		],
		['image_url', { type: 'string' }, { kind: 'media', upload: 'image' }],
		[
			'image_urls',
			{ type: 'array', items: { type: 'string' } },
			{ kind: 'media', many: true, upload: 'image' },
		],
		[
			'first_image_2',
			{ type: 'string', format: 'uri' },
			{ kind: 'media', upload: 'image', address: true },
		],
		['image_size', { type: 'string' }, { kind: 'string' }],
		['images', { type: 'array', items: { type: 'object' } }, { kind: 'json', many: true }],
		[
			'x',
			{ type: 'array', format: 'image_uris', minItems: 1 },
			{ kind: 'media', many: true, upload: 'image', address: true, minItems: 1 },
		],
		[
			'x',
			{
				type: 'string',
				format: 'image_uri',
				validations: [{}, null, { validation_rule: 'file_size_mb<', validation_value: '10' }],
			},
			{ kind: 'media', upload: 'image', address: true, maxFileBytes: 10 * 1024 * 1024 },
		],
	])('that are files: %s %j', (name, property, spec) => {
		expect(specOf(property, name)).toEqual(spec);
	});

	it('are no more than a form can show', () => {
		const many = Array.from({ length: 10_000 }, (_, index) => [`p${index}`, { type: 'string' }]);
		const fields = fieldsOf(Object.fromEntries(many), { required: ['p9999', 7] });
		expect(fields).toHaveLength(1_000);
		expect(fields.filter(({ likely }) => likely).length).toBeLessThanOrEqual(24);
	});

	it('have as many facts from the schema as a form can show', () => {
		const description = 'd'.repeat(5_000);
		const choices = Array.from({ length: 1_500 }, (_, index) => `voice ${index}`);
		const properties = {
			cut: { type: 'string', description, default: 'x'.repeat(4_000) },
			left: { type: 'string', default: 'x'.repeat(4_001) },
			list: { type: 'array', default: Array.from({ length: 2_000 }, () => 'xy') },
			choice: { enum: choices },
		};
		const fields = fieldsOf(properties, { required: Object.keys(properties) });
		const of = (name: string) => fields.find(({ input }) => input === name);
		expect(of('cut')?.spec).toEqual({
			kind: 'string',
			tooltip: `${'d'.repeat(1_999)}…`,
			default: 'x'.repeat(4_000),
		});
		expect(of('choice')?.spec).toMatchObject({ choices: { length: 1_000 }, moreChoices: true });
		// An input keeps its default even if a form does not show it.
		for (const name of ['left', 'list']) {
			expect(of(name)).toMatchObject({ saved: undefined, required: false });
			expect(of(name)?.spec).not.toHaveProperty('default');
		}
	});

	it('may have any name', () => {
		const odd = JSON.parse(
			'{"__proto__": {"type": "integer"}, "constructor": {}, "": {}}',
		) as object;
		expect(
			fieldsOf(odd)
				.map(({ input }) => input)
				.sort(),
		).toEqual(['', '__proto__', 'constructor']);
		expect(fieldsOf({ a: {} }, { required: ['toString', '__proto__'] })[0]?.required).toBe(false);
	});

	it.each([undefined, { properties: [] }, { $ref: '#' }, { $ref: 7 }])(
		'are none if the schema is %j',
		(schema) => {
			expect(describeModelInputs(modelWith(schema))).toEqual([]);
		},
	);

	it('that it needs may stand beside the schema; a default is enough', () => {
		const properties = { a: { type: 'string' }, b: { type: 'string', default: 'x' } };
		const model = modelWith({ properties }, { required_inputs: ['a', 'b'] });
		expect(describeModelInputs(model).filter(({ required }) => required)).toMatchObject([
			{ input: 'a', likely: true },
		]);
	});
});
