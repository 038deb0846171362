import type { NodeClass } from './define.cjs';
import {
	autogrow,
	boolean,
	combo,
	defineNode,
	dynamicCombo,
	float,
	int,
	link,
	seed,
	string,
} from './define.cjs';

/** Where ComfyUI puts what a partner node needs to sign its calls. */
const HIDDEN = {
	auth_token_comfy_org: 'AUTH_TOKEN_COMFY_ORG',
	api_key_comfy_org: 'API_KEY_COMFY_ORG',
	unique_id: 'UNIQUE_ID',
};

const partner = (
	name: string,
	definition: Parameters<typeof defineNode>[1],
): ReturnType<typeof defineNode> =>
	defineNode(name, { hidden: HIDDEN, v3: true, apiNode: true, ...definition });

const SIZES = ['2048x2048 (1:1)', '2304x1728 (4:3)', '2560x1440 (16:9)', 'custom'];
const seedreamInputs = (maxImages: number) => ({
	required: {
		size_preset: combo(SIZES, SIZES[0] ?? 'custom', 'A size, or "custom" for width and height.'),
		width: int(2048, 1024, 6240, 'Width in pixels; only with the size "custom".'),
		height: int(2048, 1024, 4992, 'Height in pixels; only with the size "custom".'),
		max_images: int(1, 1, maxImages, 'The most pictures that one run may give.'),
	},
	optional: { images: autogrow('IMAGE', 'image', 0, 10) },
});

/** Nodes that run at a partner and are paid there; prices and texts are made up. */
export const PARTNER: NodeClass[] = [
	partner('ByteDanceSeedreamNodeV2', {
		displayName: 'ByteDance Seedream',
		required: {
			model: dynamicCombo([
				{ key: 'seedream 5.0 lite', inputs: seedreamInputs(14) },
				{ key: 'seedream 4.5', inputs: seedreamInputs(10) },
			]),
			prompt: string('', true, 'What the picture shows.'),
			seed: seed(),
		},
		optional: { watermark: boolean(false, 'Whether the picture says that an AI made it.') },
		outputs: ['IMAGE'],
		priceBadge: {
			widgets: { model: 'COMFY_DYNAMICCOMBO_V3', 'model.max_images': 'INT' },
			expr: `(
	$rate := $contains(widgets.model, "5.0") ? 0.035 : 0.04;
	$count := $lookup(widgets, "model.max_images");
	{"type":"usd","usd":$rate * ($count ? $count : 1),"format":{"approximate":true}}
)`,
		},
	}),
	partner('KlingImage2VideoNode', {
		displayName: 'Kling Image to Video',
		required: {
			start_frame: link('IMAGE', 'The first picture of the video.'),
			prompt: string('', true),
			negative_prompt: string('', true),
			model_name: combo(['kling-v2-master', 'kling-v2-1', 'kling-v2-5-turbo'], 'kling-v2-1'),
			cfg_scale: float(0.8, 0, 1, 0.01),
			mode: combo(['std', 'pro'], 'std'),
			duration: combo(['5', '10'], '5', 'Seconds.'),
		},
		outputs: ['VIDEO', 'STRING', 'STRING'],
		priceBadge: {
			widgets: { mode: 'COMBO', model_name: 'COMBO', duration: 'COMBO' },
			expr: `(
	$long := $contains(widgets.duration, "10");
	$contains(widgets.model_name, "v2-master")
		? {"type":"usd","usd":$long ? 2.8 : 1.4}
		: widgets.mode = "pro"
			? {"type":"usd","usd":$long ? 0.98 : 0.49}
			: {"type":"usd","usd":$long ? 0.7 : 0.35}
)`,
		},
	}),
	partner('FluxProUltraImageNode', {
		displayName: 'Flux 1.1 [pro] Ultra Image',
		required: {
			prompt: string('', true),
			prompt_upsampling: boolean(false),
			seed: seed(),
			aspect_ratio: string('16:9'),
			raw: boolean(false),
		},
		optional: { image_prompt: 'IMAGE', image_prompt_strength: float(0.1, 0, 1, 0.01) },
		outputs: ['IMAGE'],
		priceBadge: { widgets: {}, expr: '{"type":"usd","usd":0.06}' },
	}),
];
