import type { IBinaryData, INodeProperties } from 'n8n-workflow';
import {
	FileRef,
	type InputFile,
	invalidInput,
	readBytes,
	refuseLarge,
	trimEnd,
	withLabel,
} from '../../../core';
import { parseFieldId } from './formFields';
import { requireText } from './mistakes';
import type { Item } from './options';

const nodeField: INodeProperties = {
	displayName: 'Node Name or ID',
	name: 'nodeId',
	type: 'options',
	typeOptions: {
		loadOptionsMethod: 'getFileNodes',
		loadOptionsDependsOn: ['deploymentId.value', 'inputMode', 'workflowFrom', 'workflowApiJson'],
	},
	default: '',
	description:
		'The node that loads the file. Leave empty if the workflow has one image input. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
};

const inputField: INodeProperties = {
	displayName: 'Input',
	name: 'input',
	type: 'string',
	default: '',
	placeholder: 'e.g. video',
	description:
		'Name of the node’s input, if you did not choose it together with the node. Empty means image.',
	// Shown only if an expression returns the bare id of a node. n8n shows a field with any `show` rule while the rule
	// depends on an expression. A regular expression would also work, but n8n limits it to 250 ms, so the run could
	// fail on a busy machine.
	displayOptions: {
		show: { nodeId: [{ _cnd: { not: '.' } }] },
		hide: { nodeId: ['', { _cnd: { includes: '.' } }] },
	},
};

const DEFAULT_INPUT = 'image';

/** Rows of files; the fields in `target` choose the input of each file. */
const filesFor = (target: INodeProperties[]): INodeProperties => ({
	displayName: 'Input Files',
	name: 'inputFiles',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add File',
	default: {},
	description: 'Images, videos or audio for the file inputs',
	options: [
		{
			displayName: 'From Binary Field',
			name: 'binary',
			values: [
				...target,
				{
					displayName: 'Input Binary Field',
					name: 'binaryProperty',
					type: 'string',
					required: true,
					default: 'data',
					hint: 'The name of the input field containing the file',
				},
			],
		},
		{
			displayName: 'From URL',
			name: 'url',
			values: [
				...target,
				{
					displayName: 'URL',
					name: 'url',
					type: 'string',
					required: true,
					default: '',
					placeholder: 'e.g. https://example.com/photo.png',
					description:
						'A URL that RunComfy can download without a login, such as that of an earlier output, or a data URI',
				},
			],
		},
	],
});

export const inputFilesField: INodeProperties = {
	...filesFor([nodeField, inputField]),
	description: 'Images, videos or audio for the nodes that load a file',
};

/** For a LoRA deployment, which does not list its inputs. */
export const directFilesField: INodeProperties = {
	...filesFor([
		{
			displayName: 'Input',
			name: 'input',
			type: 'string',
			default: '',
			placeholder: 'e.g. ctrl_img_1',
			description: 'The name of the input that takes the file',
		},
	]),
	displayOptions: { show: { inputMode: ['direct'] }, hide: { deploymentId: [''] } },
};

export const modelFilesField: INodeProperties = {
	...filesFor([
		{
			displayName: 'Input Name or ID',
			name: 'input',
			type: 'options',
			typeOptions: {
				loadOptionsMethod: 'getModelFileInputs',
				loadOptionsDependsOn: ['modelId.value'],
			},
			default: '',
			description:
				'The input for the file. Leave empty if the model has one file input. An input that takes a list accepts several files. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
		},
	]),
	displayOptions: { hide: { modelId: [''] } },
};

interface Row {
	nodeId?: unknown;
	input?: unknown;
	binaryProperty?: unknown;
	url?: unknown;
}

/**
 * Reads the rows of one item and checks texts and file sizes before anything is sent.
 * @throws RunComfyError `invalid_input` that names the row
 */
export async function readInputFiles(item: Item, byName: boolean): Promise<InputFile[]> {
	const { context, itemIndex } = item;
	const placeOf = byName ? namedPlace : nodePlace;
	const { binary = [], url = [] } = context.getNodeParameter('inputFiles', itemIndex, {}) as {
		binary?: Row[];
		url?: Row[];
	};
	const readRow = (label: string, row: Row, read: typeof readUrl | typeof readBinary) =>
		withLabel(label, async () => ({ ...placeOf(row), label, value: await read(row, item, label) }));
	return Promise.all([
		...binary.map((row, index) =>
			readRow(`Input Files, From Binary Field ${index + 1}`, row, readBinary),
		),
		...url.map((row, index) => readRow(`Input Files, From URL ${index + 1}`, row, readUrl)),
	]);
}

async function readUrl({ url }: Row): Promise<string> {
	return requireText(url, 'URL', 'Check the expression, or enter a URL.');
}

async function readBinary(row: Row, item: Item, label: string): Promise<FileRef> {
	const property = requireText(
		row.binaryProperty ?? 'data',
		'Input Binary Field',
		'Enter the name of the field that contains the file, such as data.',
	);
	const binary = findBinary(item, property);
	const { fileName = property, mimeType } = binary;
	await checkSize(item, binary, fileName);
	const read = async () => readBytes(await contentOf(item, binary), fileName);
	return new FileRef(() => withLabel(label, read), fileName, mimeType);
}

type Place = Pick<InputFile, 'nodeId' | 'input'>;

/** The target of a row that has only an input's name. */
function namedPlace({ input }: Row): Place {
	const hint = 'Enter the name of the input for the file.';
	return input === '' ? {} : { nodeId: '', input: requireText(input, 'Input', hint) };
}

function nodePlace(row: Row): Place {
	if (row.nodeId === '') return {};
	const hint = 'Choose the node that loads the file.';
	const nodeId = requireText(row.nodeId, nodeField.displayName, hint);
	const parsed = parseFieldId(nodeId);
	if (parsed) return parsed;
	const input = row.input === undefined || row.input === '' ? DEFAULT_INPUT : row.input;
	const how = 'Enter the name of an input of the node, such as image.';
	return { nodeId, input: requireText(input, inputField.displayName, how) };
}

function contentOf({ context, itemIndex }: Item, binary: IBinaryData) {
	const { helpers } = context;
	return binary.id
		? helpers.getBinaryStream(binary.id)
		: helpers.getBinaryDataBuffer(itemIndex, binary);
}

/**
 * Finds a file in a binary field of the item, or, as in some workflows, in a normal field.
 * @throws RunComfyError `invalid_input` if there is none
 */
export function findBinary({ context, itemIndex }: Item, property: string): IBinaryData {
	try {
		return context.helpers.assertBinaryData(itemIndex, property);
	} catch {
		throw noSuchFile(property, Object.keys(context.getInputData()[itemIndex]?.binary ?? {}));
	}
}

function noSuchFile(property: string, names: readonly string[]) {
	const hint =
		names.length === 0
			? 'The item has no file. Check the node before this one, or add the file by its URL.'
			: `The item has ${names.join(', ')}.`;
	return invalidInput(`The item has no binary field "${property}"`, hint);
}

/** @throws RunComfyError `invalid_input` if the file is empty or too large */
export async function checkSize(
	{ context }: Item,
	binary: IBinaryData,
	filename: string,
): Promise<void> {
	const bytes = binary.id
		? (binary.bytes ?? (await context.helpers.getBinaryMetadata(binary.id)).fileSize)
		: Math.floor((trimEnd(binary.data, /=/).length * 3) / 4);
	if (bytes === 0)
		throw invalidInput(`${filename} is empty`, 'Check the node that creates the file.');
	refuseLarge(bytes, filename);
}
