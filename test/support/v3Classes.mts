// Made-up classes in ComfyUI's V3 format, and classes whose inputs are not in object_info.
const size = (min: number) => [
	'INT',
	{ default: 2048, min, max: 6240, step: 2, tooltip: 'Pixels' },
];
const preset = (...options: string[]) => ['COMBO', { multiselect: false, options }];

type Inputs = Record<string, unknown>;

/** A choice that determines further inputs, with those inputs by choice. */
export const combo = (
	choices: Record<string, { required?: Inputs; optional?: Inputs }>,
	more: object = {},
) => {
	const options = Object.entries(choices).map(([key, inputs]) => ({ key, inputs }));
	return ['COMFY_DYNAMICCOMBO_V3', { options, ...more }];
};

/** Accepts any number of links. */
export const slots = (required: Inputs, more: object) => [
	'COMFY_AUTOGROW_V3',
	{ template: { input: { required }, ...more } },
];

/** Accepts any number of rows of these inputs. */
const rows = (required: Inputs, optional: Inputs, limits: object) => [
	'COMFY_DYNAMICGROUP_V3',
	{ template: { required, optional }, ...limits },
];

export const V3_INFO = {
	PaintingPartner: {
		display_name: 'Painting Partner',
		input: {
			required: {
				model: combo(
					{
						'painter 5 lite': {
							required: {
								size_preset: preset('2048x2048 (1:1)', '2304x1728 (4:3)', 'Custom'),
								width: size(1024),
								height: size(1024),
								max_images: ['INT', { default: 1, min: 1, max: 14, step: 1 }],
							},
							optional: {
								images: slots({ image: ['IMAGE', {}] }, { names: ['image_1', 'image_2'], min: 0 }),
							},
						},
						'painter 4': {
							required: {
								size_preset: preset('1024x1024 (1:1)', 'Custom'),
								width: size(512),
								thinking: combo({
									off: { required: {} },
									on: {
										required: { depth: ['FLOAT', { default: 0.5, min: 0, max: 1, step: 0.01 }] },
									},
								}),
							},
						},
					},
					{ tooltip: 'Which painter', display_name: 'Painter' },
				),
				prompt: ['STRING', { default: '', multiline: true, placeholder: 'A picture of …' }],
				seed: ['INT', { default: 0, min: 0, max: 2147483647, control_after_generate: true }],
			},
			optional: { watermark: ['BOOLEAN', { default: false, advanced: true }] },
		},
		input_order: { required: ['prompt', 'model', 'seed'], optional: ['watermark'] },
		output: ['IMAGE'],
		output_node: false,
		api_node: true,
	},
	RowsOfLoras: {
		input: {
			required: {
				loras: rows(
					{ lora: preset('a.safetensors', 'b.safetensors') },
					{ strength: ['FLOAT', { default: 1, min: -2, max: 2, step: 0.05 }] },
					{ min: 1, max: 3, group_name: 'LoRA' },
				),
			},
		},
		output: ['MODEL'],
	},
	Formula: {
		input: {
			required: {
				expression: ['STRING', { default: 'a + b', multiline: true }],
				values: slots({ value: ['FLOAT,INT,BOOLEAN', {}] }, { prefix: 'v', min: 2, max: 4 }),
			},
		},
		output: ['FLOAT', 'INT', 'BOOLEAN'],
	},
	SlotAndMore: {
		input: {
			optional: {
				guide: [
					'COMFY_DYNAMICSLOT_V3',
					{
						slotType: 'IMAGE',
						inputs: { required: { weight: ['FLOAT', { default: 1, min: 0, max: 2 }] } },
						forceInput: true,
					},
				],
			},
		},
		output: ['COMFY_MATCHTYPE_V3'],
	},
	Widgets: {
		input: {
			required: {
				any: [
					'COMFY_MATCHTYPE_V3',
					{ template: { template_id: 't', allowed_types: 'IMAGE,MASK' } },
				],
				amount: ['INT,FLOAT', { widgetType: 'FLOAT', default: 1, min: 0, max: 10 }],
				model_file: ['STRING,FILE_3D_GLB,FILE_3D', { widgetType: 'STRING', default: '' }],
				voices: ['COMBO', { multiselect: false, options: [], remote: { route: '/voices' } }],
				avatar: ['COMBO', { multiselect: false, remote_combo: { route: '/avatars' } }],
				tags: [
					'COMBO',
					{
						multiselect: true,
						multi_select: { placeholder: 'Tags', chip: true },
						options: ['red', 'green', 'blue'],
						default: ['red'],
					},
				],
				color: ['COLOR', { default: '#ffffff', socketless: true }],
				colors: ['COLORS', { default: { __value__: ['#ffffff'] }, socketless: true }],
				curve: ['CURVE', { default: { points: [[0, 0]], interpolation: 'linear' } }],
				compare: ['IMAGECOMPARE', { socketless: true }],
				video: ['COMBO', { multiselect: false, options: ['a.mp4'], video_upload: true }],
				text: ['STRING', { forceInput: true }],
			},
		},
		output: [['a', 'b'], 'STRING'],
		output_node: true,
	},
	VHS_VideoCombine: {
		input: {
			required: {
				images: ['IMAGE'],
				format: [
					['image/gif', 'video/h264-mp4', 'video/ProRes'],
					{
						formats: {
							'video/h264-mp4': [
								['pix_fmt', ['yuv420p', 'yuv420p10le']],
								['crf', 'INT', { default: 19, min: 0, max: 100, step: 1 }],
								['save_metadata', 'BOOLEAN', { default: true }],
							],
							'video/ProRes': [['profile', ['lt', 'standard', 'hq'], { default: 'hq' }]],
						},
					},
				],
			},
		},
		output: ['VHS_FILENAMES'],
		output_node: true,
	},
	'Power Lora Loader (rgthree)': {
		input: { required: {}, optional: { model: ['MODEL'], clip: ['CLIP'] }, hidden: {} },
		output: ['MODEL', 'CLIP'],
	},
	GrowingSwitch: {
		input: {
			required: { select: ['INT', { default: 1, min: 1 }] },
			optional: { input1: ['*', { lazy: true }] },
		},
		output: ['*'],
	},
	TwoModels: {
		input: { required: { model1: ['MODEL'], model2: ['MODEL'] } },
		output: ['MODEL'],
	},
};
