import { RunComfyError } from '../errors';
import { describeModelInputs } from '../models/fields';
import { listFew } from '../text';
import type { Takes } from './checkDirect';
import { refuseLargeFor } from './directValues';
import type { InputFile } from './draft';
import { withLabel } from './files';
import { fileInputs, onlyFileInput } from './places';

/** The files of one input. */
export interface DirectFile {
	input: string;
	/** Whether the input takes a list. */
	many: boolean;
	maxFileBytes: number | undefined;
	sources: InputFile[];
}

/**
 * Finds the input of each file.
 * @throws RunComfyError `invalid_input` if that is not certain, or for two files of an input that takes one
 */
export function placeDirectFiles(
	files: readonly InputFile[],
	{ model, inputs }: Takes,
): DirectFile[] {
	const known = model ? fileInputs(describeModelInputs(model)) : undefined;
	const only = known && onlyFileInput(known)?.input;
	const placed = new Map<string, DirectFile>();
	for (const file of files) {
		const input = file.input || only;
		if (!input)
			throw unplaced(
				file,
				known?.map((field) => field.input),
			);
		const spec = inputs?.specOf(input);
		const many = spec?.many === true || spec?.kind === 'json';
		const before = placed.get(input);
		if (before && !many) {
			throw new RunComfyError('invalid_input', `There are two files for the input ${input}`, {
				hint: 'It takes one file: delete a row, or choose another input in it.',
			});
		}
		if (before) before.sources.push(file);
		else placed.set(input, { input, many, maxFileBytes: spec?.maxFileBytes, sources: [file] });
	}
	return [...placed.values()];
}

function unplaced({ label }: InputFile, inputs: readonly string[] | undefined): RunComfyError {
	const why =
		inputs === undefined
			? 'what it may be is not known'
			: inputs.length === 0
				? 'the model has no input for a file'
				: `the model has several inputs for a file: ${listFew(inputs)}`;
	return new RunComfyError('invalid_input', `${label}: no input is chosen, and ${why}`, {
		hint: 'Give the name of the input that takes the file.',
	});
}

/** @throws RunComfyError that names the file, when it cannot be read, or is larger than the model takes */
export async function readDirectFiles(
	files: readonly DirectFile[],
): Promise<{ inputs: Record<string, unknown>; warnings: string[] }> {
	const warnings: string[] = [];
	const entries = await Promise.all(
		files.map(async ({ input, many, maxFileBytes, sources }) => {
			const values = await Promise.all(
				sources.map(({ label, read }) =>
					withLabel(label, async () => {
						const media = await read();
						warnings.push(...media.warnings);
						refuseLargeFor(media.value, maxFileBytes, 'The file');
						return media.value;
					}),
				),
			);
			return [input, many ? values : values[0]] as const;
		}),
	);
	return { inputs: Object.fromEntries(entries), warnings };
}
