import { RunComfyError } from '../errors';
import { listFew } from '../text';
import { describeInputs, type WorkflowField } from '../workflow/form/describe';
import type { WorkflowChoice, WorkflowReader } from '../workflow/reader';
import type { InputFile } from './draft';

/** A file whose input is known. */
export type PlacedFile = InputFile & Required<Pick<InputFile, 'nodeId' | 'input'>>;

/** The inputs of a workflow that take a file. */
export function fileInputs(fields: readonly WorkflowField[]): WorkflowField[] {
	return fields.filter(({ spec }) => spec.kind === 'media');
}

/** The only one for an image or, if there is none, the only one: what a file without a node is for. */
export function onlyFileInput(inputs: readonly WorkflowField[]): WorkflowField | undefined {
	const images = inputs.filter(isImage);
	const [only, ...others] = images.length > 0 ? images : inputs;
	return others.length === 0 ? only : undefined;
}

function isImage({ input, spec }: WorkflowField): boolean {
	return spec.upload === undefined ? input === 'image' : spec.upload === 'image';
}

/**
 * Finds the input of each file that was given without one.
 * @throws RunComfyError `invalid_input` if the workflow does not have just one that fits
 */
export async function placeFiles(
	files: readonly InputFile[],
	choice: WorkflowChoice,
	read: WorkflowReader | undefined,
): Promise<PlacedFile[]> {
	const stray = files.find((file) => !isPlaced(file));
	if (!stray) return files.filter(isPlaced);
	const inputsOf = async (fresh: boolean) => {
		const known = await read?.(choice, fresh);
		return known?.workflow && fileInputs(describeInputs(known.workflow, known.info));
	};
	let inputs = await inputsOf(false);
	let only = inputs && onlyFileInput(inputs);
	if (!only) {
		inputs = await inputsOf(true);
		only = inputs && onlyFileInput(inputs);
	}
	if (!only) throw unplaced(stray, inputs);
	const { nodeId, input } = only;
	return files.map((file) => (isPlaced(file) ? file : { ...file, nodeId, input }));
}

function isPlaced(file: InputFile): file is PlacedFile {
	return file.nodeId !== undefined && file.input !== undefined;
}

function unplaced({ label }: InputFile, inputs: WorkflowField[] | undefined): RunComfyError {
	const names = inputs?.map(({ nodeId, input }) => `${nodeId}.${input}`);
	const why =
		names === undefined
			? 'is not known'
			: names.length === 0
				? 'has no input for a file'
				: `has several inputs for a file: ${listFew(names)}`;
	return new RunComfyError(
		'invalid_input',
		`${label}: no node is chosen, and the workflow ${why}`,
		{ hint: 'Choose the node that loads the file.' },
	);
}
