import { invalidInput, type RunComfyError } from '../errors';
import type { Model } from '../models/catalog';
import { describeModelInputs } from '../models/fields';
import type { ModelInputs } from '../models/schema';
import { listFew } from '../text';
import { describeInputs, type WorkflowField } from '../workflow/form/describe';
import type { WorkflowChoice, WorkflowReader } from '../workflow/load';
import type { InputFile, PlacedFile } from './draft';
import { bytesFor } from './files';

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

/** Finds the input of each file without one. @throws RunComfyError `invalid_input` if not just one fits */
export async function placeFiles(
	files: readonly InputFile[],
	choice: WorkflowChoice,
	read: WorkflowReader | undefined,
): Promise<PlacedFile[]> {
	const stray = files.find((file) => !isPlaced(file));
	if (!stray) return files.filter(isPlaced);
	let names: string[] | undefined;
	for (const fresh of [false, true]) {
		const known = await read?.(choice, fresh);
		const inputs = known?.workflow && fileInputs(describeInputs(known.workflow, known.info));
		const only = inputs && onlyFileInput(inputs);
		if (only) {
			const { nodeId, input } = only;
			return files.map((file) => (isPlaced(file) ? file : { ...file, nodeId, input }));
		}
		names = inputs?.map(({ nodeId, input }) => `${nodeId}.${input}`);
	}
	throw unplaced(stray, 'node', 'the workflow', names);
}

function isPlaced(file: InputFile): file is PlacedFile {
	return file.nodeId !== undefined && file.input !== undefined;
}

export interface DirectFile {
	input: string;
	many: boolean;
	text: boolean;
	maxFileBytes: number | undefined;
	sources: InputFile[];
}

/** The same for inputs by name. @throws RunComfyError `invalid_input`, also for two files if an input takes one */
export function placeDirectFiles(
	files: readonly InputFile[],
	{ model, inputs }: { model?: Model; inputs?: ModelInputs },
): DirectFile[] {
	const stray = files.some(({ input }) => !input);
	const known = stray && model ? fileInputs(describeModelInputs(model)) : undefined;
	const only = known && onlyFileInput(known)?.input;
	const placed = new Map<string, DirectFile>();
	for (const file of files) {
		const input = file.input || only;
		if (!input) {
			const names = known?.map((field) => field.input);
			throw unplaced(file, 'input', known ? 'the model' : 'what takes it', names);
		}
		const spec = inputs?.specOf(input);
		const many = spec?.many === true || spec?.kind === 'json';
		const before = placed.get(input);
		if (before && !many && !spec?.also?.includes('json')) {
			throw invalidInput(
				`There are two files for the input ${input}`,
				'It takes one file: delete a row, or choose another input in it.',
			);
		}
		if (before) placed.set(input, { ...before, many: true, sources: [...before.sources, file] });
		else {
			const text = !many && bytesFor(input, spec) === 'text';
			const maxFileBytes = spec?.maxFileBytes;
			placed.set(input, { input, many, text, maxFileBytes, sources: [file] });
		}
	}
	return [...placed.values()];
}

/** @param names of the inputs that take a file, if they are known */
function unplaced(
	{ label }: InputFile,
	what: 'node' | 'input',
	whose: string,
	names: readonly string[] | undefined,
): RunComfyError {
	const why =
		names === undefined
			? 'is not known'
			: names.length === 0
				? 'has no input for a file'
				: `has several inputs for a file: ${listFew(names)}`;
	return invalidInput(
		`${label}: no ${what} is chosen, and ${whose} ${why}`,
		what === 'node'
			? 'Choose the node that loads the file.'
			: 'Give the name of the input that takes the file.',
	);
}
