import { randomInt } from 'node:crypto';
import { digest } from '../json';
import { runError } from '../run/check';
import type { IsGone } from '../run/input-file';
import { fileProblem } from '../run/input-file';
import type {
	JsonObject,
	MediaSpec,
	Model,
	ModelRun,
	Outcome,
	OutputEntry,
	OutputFile,
	Produce,
} from '../types';
import { mediaIn } from './check';

/** The end of a run with valid inputs, unless a fault decides it: the run fails if a file cannot be read. */
export function runModel({ schema, produce }: Model, inputs: JsonObject, isGone: IsGone): Outcome {
	for (const { name, kind, value } of mediaIn(schema, inputs)) {
		const found = fileProblem(value, kind, [], isGone);
		if (!found) continue;
		const error = [runError(found.error, `${name}: ${found.details}`, '')];
		return { kind: 'failed', shape: 'object', error };
	}
	const { seed } = inputs;
	const run: ModelRun = {
		inputs,
		prompt: digest(String(inputs['prompt'] ?? inputs['text'] ?? inputs['question'] ?? '')),
		seed: typeof seed === 'number' || typeof seed === 'bigint' ? seed : randomInt(2 ** 31),
	};
	return { kind: 'succeeded', outputs: { output: produce(run) } };
}

const SIZES: Record<string, [width: number, height: number]> = {
	square_hd: [1024, 1024],
	square: [512, 512],
	portrait_4_3: [768, 1024],
	portrait_16_9: [576, 1024],
	landscape_4_3: [1024, 768],
	landscape_16_9: [1024, 576],
};

function fileOf(spec: MediaSpec, index: number): OutputEntry {
	const file: OutputFile = {
		filename: `output_${index}.${spec.media}`,
		subfolder: '',
		type: 'output' as const,
		hosted: true,
		spec,
	};
	return { file };
}

const numbers = (count: unknown): number[] =>
	Array.from({ length: Math.min(10, Number(count ?? 1)) }, (_, index) => index);

/** Puts out pictures under a name: drawn ones, or samples of another format. */
export const pictures =
	(name: 'image' | 'images'): Produce =>
	({ inputs, prompt, seed }) => {
		const [w, h] = SIZES[String(inputs['image_size'] ?? 'landscape_4_3')] ?? [1024, 1024];
		const width = Number(inputs['width'] ?? w);
		const height = Number(inputs['height'] ?? h);
		const format = String(inputs['output_format'] ?? 'png');
		const draw = (index: number): OutputEntry => {
			if (format === 'jpeg' || format === 'webp') return fileOf({ media: format }, index);
			const own = { prompt, seed: index === 0 ? String(seed) : `${seed}+${index}` };
			return fileOf({ media: 'png', width, height, ...own }, index);
		};
		return { [name]: numbers(inputs['num_images']).map(draw) };
	};

export const storyboard: Produce = (run) => ({
	...pictures('images')(run),
	video: [fileOf({ media: 'mp4' }, 0)],
	title: [{ value: run.prompt }],
});
