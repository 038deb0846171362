import { describeInputs, type WorkflowField } from '../comfyui/form/describe';
import type { InputSpec } from '../comfyui/inputSpec';
import { mergeOverrides, type Overrides, overridesFromRows } from '../comfyui/overrides';
import type { WorkflowChoice, WorkflowReader } from '../deployments/workflow';
import { invalidInput, RunComfyError, toRunComfyError } from '../errors';
import { misfit } from '../files/misfit';
import type { Model } from '../models/catalog';
import { describeModelInputs } from '../models/fields';
import type { ModelInputs } from '../models/schema';
import { listFew } from '../text';
import type { Draft, InputFile, PlacedFile } from './draft';
import { bytesFor } from './embed';

/**
 * The inputs that take a file. `only` is the input for a file that names no node: the only input for an image or, if
 * there is none, the only input for a file.
 */
export function fileInputs(fields: readonly WorkflowField[]): {
	inputs: WorkflowField[];
	only: WorkflowField | undefined;
} {
	const inputs = fields.filter(({ spec }) => spec.kind === 'media');
	const images = inputs.filter(isImage);
	const [only, ...others] = images.length > 0 ? images : inputs;
	return { inputs, only: others.length === 0 ? only : undefined };
}

function isImage({ input, spec }: WorkflowField): boolean {
	return spec.upload === undefined ? input === 'image' : spec.upload === 'image';
}

/** Finds the input of each file without one. @throws RunComfyError `invalid_input` unless one fits, or for two files of one input */
export async function placeFiles(
	{ files = [], deploymentId, workflow: workflowApiJson }: Draft,
	read: WorkflowReader | undefined,
): Promise<PlacedFile[]> {
	const placed = await findPlaces(files, { deploymentId, workflowApiJson }, read);
	refuseTwoForOne(placed);
	return placed;
}

async function findPlaces(
	files: readonly InputFile[],
	choice: WorkflowChoice,
	read: WorkflowReader | undefined,
): Promise<PlacedFile[]> {
	const stray = files.find((file) => !isPlaced(file));
	if (!stray) return files.filter(isPlaced);
	let names: string[] | undefined;
	for (const fresh of [false, true]) {
		const known = await read?.(choice, fresh);
		const found = known?.workflow && fileInputs(describeInputs(known.workflow, known.info));
		if (found?.only) {
			const { nodeId, input } = found.only;
			return files.map((file) => (isPlaced(file) ? file : { ...file, nodeId, input }));
		}
		names = found?.inputs.map(({ nodeId, input }) => `${nodeId}.${input}`);
	}
	throw unplaced(stray, 'node', 'the workflow', names);
}

/** Two files for one input: one would be dropped silently. @throws RunComfyError `invalid_input` */
function refuseTwoForOne(files: readonly PlacedFile[]): void {
	const seen = new Set<string>();
	for (const { nodeId, input } of files) {
		const key = JSON.stringify([nodeId, input]);
		if (seen.has(key)) {
			throw invalidInput(
				`Input Files has two files for the input ${input} of node ${nodeId}`,
				'An input takes one file: delete a row, or choose another node or input in it.',
			);
		}
		seen.add(key);
	}
}

function isPlaced(file: InputFile): file is PlacedFile {
	return file.nodeId !== undefined && file.input !== undefined;
}

export interface DirectFile {
	input: string;
	many: boolean;
	text: boolean;
	maxFileBytes: number | undefined;
	upload: InputSpec['upload'];
	sources: InputFile[];
}

/**
 * Finds the input of each file of a draft by name.
 * @throws RunComfyError `invalid_input`, also for two files if an input takes one
 */
export function placeDirectFiles(
	files: readonly InputFile[],
	{ model, inputs }: { model?: Model; inputs?: ModelInputs },
): DirectFile[] {
	const stray = files.some(({ input }) => !input);
	const known = stray && model ? fileInputs(describeModelInputs(model)) : undefined;
	const only = known?.only?.input;
	const placed = new Map<string, DirectFile>();
	for (const file of files) {
		const input = file.input || only;
		if (!input) {
			const names = known?.inputs.map((field) => field.input);
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
			const upload = spec?.upload;
			placed.set(input, { input, many, text, maxFileBytes, upload, sources: [file] });
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

/** A placeholder for a file, so that the inputs can be checked before any file is read. */
export const PLACEHOLDER = 'data:';

/** The overrides, with placeholders for the files. */
export function withPlaceholders(overrides: Overrides, files: readonly PlacedFile[]): Overrides {
	const rows = files.map(({ nodeId, input }) => ({ nodeId, input, value: PLACEHOLDER }));
	return mergeOverrides(overrides, overridesFromRows(rows));
}

/** @throws RunComfyError that names the file, when it cannot be read. */
export async function readFiles(
	files: readonly PlacedFile[],
	specOf: (file: PlacedFile) => InputSpec | undefined,
): Promise<{ overrides: Overrides; warnings: string[] }> {
	const read = await Promise.all(
		files.map(async (file) => {
			const { nodeId, input, label } = file;
			const spec = specOf(file);
			const text = bytesFor(input, spec) === 'text';
			const { value, warnings } = await withLabel(label, async () => {
				const media = await file.read(text);
				refuseMisfit(media.value, spec?.upload, 'invalid_overrides');
				return media;
			});
			return { row: { nodeId, input, value }, warnings };
		}),
	);
	return {
		overrides: overridesFromRows(read.map(({ row }) => row)),
		warnings: read.flatMap(({ warnings }) => warnings),
	};
}

/** @throws RunComfyError with the code for a file that is certainly of another kind than its input takes */
export function refuseMisfit(
	value: string,
	kind: InputSpec['upload'],
	code: 'invalid_input' | 'invalid_overrides',
): void {
	const problem = misfit(value, kind);
	if (!problem) return;
	const hint = 'Choose another file or another input.';
	throw new RunComfyError(code, `the input ${problem}`, { hint });
}

/** Puts the label of a field before the message of any error. @throws RunComfyError */
export async function withLabel<T>(label: string, work: () => T | Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (thrown) {
		const { code, message, hint, details } = toRunComfyError(thrown, 'invalid_input');
		throw new RunComfyError(code, `${label}: ${message}`, { hint, details });
	}
}
