import type { NodeClass } from './define.cjs';
import { choice, defineNode, float, int, link, string } from './define.cjs';

/** About what one of them takes as JSON; the names of the models are most of it. */
const CLASS_BYTES = 5600;
const MODEL_COUNT = 90;

/** Custom nodes by the hundred, each with long lists of model files: what a well-used instance has. */
export function fillerClasses(bytes: number): NodeClass[] {
	const models = Array.from(
		{ length: MODEL_COUNT },
		(_, i) =>
			`community/collection_${i % 9}/style-model-${String(i).padStart(4, '0')}_v2.safetensors`,
	);
	return Array.from({ length: Math.ceil(bytes / CLASS_BYTES) }, (_, i) =>
		defineNode(`Pack${i % 30}_Tool${i}`, {
			displayName: `Tool ${i}`,
			category: `packs/pack ${i % 30}`,
			module: `custom_nodes.comfyui-pack-${i % 30}`,
			description: `Adjusts aspect ${i} of an image; strength and model decide how much.`,
			required: {
				image: link('IMAGE'),
				model_name: choice(models, 'The model file this tool applies.'),
				strength: float(1, 0, 2, 0.01, 'How strongly the tool changes the image.'),
				steps: int(10, 1, 100, 'How many passes the tool makes.'),
			},
			optional: { note: string('', true, 'A remark kept with the workflow.') },
			outputs: ['IMAGE'],
		}),
	);
}
