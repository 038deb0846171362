import { invalidInput, type RunComfyError } from '../errors';
import type { WorkflowField } from '../form/fields';
import { listFew } from '../text';
import type { InputFile } from './draft';
import type { Given } from './given';
import type { Facts, Takes } from './takes';

type TakesReader = (fresh: boolean) => Promise<Takes>;

/**
 * The files as values of their inputs, also of files that name no input.
 * @throws RunComfyError `invalid_input` unless exactly one input fits those
 */
export async function placeFiles(files: readonly InputFile[], read: TakesReader): Promise<Given[]> {
	const stray = files.find((file) => !isPlaced(file));
	const only = stray && (await readOnly(stray, read));
	return files.map((file): Given => {
		const { label, value } = file;
		const { nodeId = '', input = '', spec }: Partial<WorkflowField> = isPlaced(file) ? file : only!;
		return { nodeId, input, value, from: 'file', label, spec };
	});
}

function isPlaced({ nodeId, input }: InputFile): boolean {
	return nodeId !== undefined && Boolean(input);
}

/** The input for a file that names none. */
async function readOnly(stray: InputFile, read: TakesReader): Promise<WorkflowField> {
	let facts: Facts | undefined;
	for (const fresh of [false, true]) {
		({ facts } = await read(fresh));
		const { only } = fileInputs(facts.fields() ?? []);
		if (only) return only;
	}
	throw unplaced(stray, facts!);
}

function unplaced({ label }: InputFile, { byName, owner, fields }: Facts): RunComfyError {
	const known = fields();
	const names = fileInputs(known ?? []).inputs.map(({ nodeId, input }) =>
		byName ? input : `${nodeId}.${input}`,
	);
	const has =
		names.length === 0
			? 'has no input for a file'
			: `has several inputs for a file: ${listFew(names)}`;
	return invalidInput(
		`${label}: no ${byName ? 'input' : 'node'} is chosen, and ${owner} ${known ? has : 'is not known'}`,
		byName
			? 'Give the name of the input that takes the file.'
			: 'Choose the node that loads the file.',
	);
}

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
