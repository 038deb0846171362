import type { NodeClass } from './define.cjs';
import {
	autogrow,
	autogrowNames,
	boolean,
	choice,
	combo,
	defineNode,
	dynamicCombo,
	dynamicGroup,
	float,
	int,
	matchType,
	string,
} from './define.cjs';

const INTERPOLATIONS = ['nearest-exact', 'bilinear', 'area', 'bicubic', 'lanczos'];
const crop = combo(['disabled', 'center'], 'center', 'What to do where the aspect ratios differ.');

/** Classes of ComfyUI's newer schema, one for each kind of input that it knows. */
export const SHAPING: NodeClass[] = [
	defineNode('ResizeImageMaskNode', {
		displayName: 'Resize Image/Mask',
		v3: true,
		required: {
			input: matchType('input_type', 'IMAGE,MASK'),
			resize_type: dynamicCombo(
				[
					{
						key: 'scale dimensions',
						inputs: {
							required: {
								width: int(512, 0, 16_384, 'Width in pixels; 0 keeps the aspect ratio.'),
								height: int(512, 0, 16_384, 'Height in pixels; 0 keeps the aspect ratio.'),
								crop,
							},
						},
					},
					{
						key: 'scale by multiplier',
						inputs: { required: { multiplier: float(1, 0.01, 8, 0.01, 'Factor; 2 doubles it.') } },
					},
					{
						key: 'scale total pixels',
						inputs: { required: { megapixels: float(1, 0.01, 16, 0.01) } },
					},
					{ key: 'match size', inputs: { required: { match: ['IMAGE,MASK'], crop } } },
				],
				'By what the new size is given.',
			),
			scale_method: combo(INTERPOLATIONS, 'area', 'How pixels are worked out.'),
		},
		outputs: ['COMFY_MATCHTYPE_V3'],
	}),
	defineNode('BatchImagesNode', {
		displayName: 'Batch Images',
		v3: true,
		required: { images: autogrow('IMAGE', 'image', 2, 50) },
		outputs: ['IMAGE'],
	}),
	defineNode('ComfyMathExpression', {
		displayName: 'Math Expression',
		v3: true,
		required: {
			expression: string('a + b', true),
			values: autogrowNames('FLOAT,INT,BOOLEAN', ['a', 'b', 'c', 'd'], 1),
		},
		outputs: ['FLOAT', 'INT', 'BOOLEAN'],
	}),
	defineNode('DrawCaptions', {
		displayName: 'Draw Captions',
		description: 'Writes captions over the frames of a video.',
		v3: true,
		required: {
			images: 'IMAGE',
			captions: dynamicGroup(
				{
					text: string('', true, 'What to write.'),
					start: float(0, 0, 3600, 0.1, 'Second at which it appears.'),
				},
				1,
				20,
			),
			size: ['INT,FLOAT', { default: 24, min: 8, max: 200, widgetType: 'INT', advanced: true }],
			color: ['COLOR', { default: '#ffffff' }],
			align: choice(['left', 'center', 'right']),
			outline: boolean(true, 'A dark line around the letters.'),
		},
		outputs: ['IMAGE'],
	}),
	...(
		[
			['PrimitiveInt', 'INT', int(0, -(2 ** 31), 2 ** 31 - 1)],
			['PrimitiveFloat', 'FLOAT', float(0, -(2 ** 31), 2 ** 31 - 1, 0.1)],
			['PrimitiveString', 'STRING', string('')],
		] as const
	).map(([name, type, value]) =>
		defineNode(name, {
			displayName: name.slice('Primitive'.length),
			v3: true,
			required: { value },
			outputs: [type],
		}),
	),
];
