import type { IBinaryData, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import {
	type InputFile,
	type MediaInput,
	type MediaOptions,
	toMediaInput,
	withLabel,
} from '../../../core';
import { checkSize, findBinary } from './binary';
import { parseFieldId } from './formFields';
import { requireText } from './mistakes';

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
		'Which node loads the file. Empty means the only input of the workflow for an image. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
};

const inputField: INodeProperties = {
	displayName: 'Input',
	name: 'input',
	type: 'string',
	default: '',
	placeholder: 'e.g. video',
	description:
		'Name of the input of that node, if you did not choose it together with the node. Empty means image.',
	// Only for a node by its id alone, as earlier versions have stored it. With a `show` rule, whichever it is, n8n
	// shows a field that depends on an expression. A regular expression would do for both, but n8n gives it
	// 250 ms of real time, and the run fails if the machine is too busy for that.
	displayOptions: {
		show: { nodeId: [{ _cnd: { not: '.' } }] },
		hide: { nodeId: ['', { _cnd: { includes: '.' } }] },
	},
};

const DEFAULT_INPUT = 'image';

/** Rows of files; `target` are the fields that say which input a file is for. */
const filesFor = (target: INodeProperties[]): INodeProperties => ({
	displayName: 'Input Files',
	name: 'inputFiles',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add File',
	default: {},
	description: 'Images, videos or sounds for the inputs that take one',
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
						'An address that RunComfy can fetch without logging in, such as that of an output of an earlier request, or a data URI',
				},
			],
		},
	],
});

/** Of a workflow. */
export const inputFilesField: INodeProperties = {
	...filesFor([nodeField, inputField]),
	description: 'Images, videos or sounds for the nodes of the workflow that load one',
	displayOptions: { hide: { inputMode: ['direct'] } },
};

/** Of a LoRA deployment, which does not tell its inputs. */
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
	displayOptions: { show: { inputMode: ['direct'] } },
};

/** Of a model. */
export const modelFilesField: INodeProperties = filesFor([
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
			'Which input takes the file. Empty means the only one that takes a file; several files may be for one input that takes a list. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	},
]);

type FileRules = Pick<MediaOptions, 'maxBytes' | 'limitLabel' | 'toBase64' | 'sleep'>;

interface Row {
	nodeId?: unknown;
	input?: unknown;
	binaryProperty?: unknown;
	url?: unknown;
}

/**
 * The rows of one item. Checks texts and the sizes of files, before anything is sent.
 * @throws RunComfyError `invalid_input` that names the row
 */
export async function readInputFiles(
	context: IExecuteFunctions,
	itemIndex: number,
	rules: FileRules,
	targetOf = nodeOf,
): Promise<InputFile[]> {
	const { binary = [], url = [] } = context.getNodeParameter('inputFiles', itemIndex, {}) as {
		binary?: Row[];
		url?: Row[];
	};
	return Promise.all([
		...binary.map((row, index) =>
			inRow(`From Binary Field ${index + 1}`, async () => ({
				...targetOf(row),
				...(await readBinaryRow(context, itemIndex, row, rules)),
			})),
		),
		...url.map((row, index) =>
			inRow(`From URL ${index + 1}`, async () => ({
				...targetOf(row),
				...(await readUrlRow(row, rules)),
			})),
		),
	]);
}

type UnnamedFile = Omit<InputFile, 'label'>;

type Content = Pick<InputFile, 'read'>;

async function inRow(row: string, read: () => Promise<UnnamedFile>): Promise<InputFile> {
	const label = `Input Files, ${row}`;
	return { ...(await withLabel(label, read)), label };
}

async function readUrlRow(row: Row, rules: FileRules): Promise<Content> {
	const url = requireText(row.url, 'URL', 'Check the expression, or enter an address.');
	const media = await toMediaInput(url, rules);
	return { read: async () => media };
}

async function readBinaryRow(
	context: IExecuteFunctions,
	itemIndex: number,
	row: Row,
	rules: FileRules,
): Promise<Content> {
	const property = requireText(
		row.binaryProperty ?? 'data',
		'Input Binary Field',
		'Name the field that holds the file, such as data.',
	);
	const binary = findBinary(context, itemIndex, property);
	const { fileName: filename = property, mimeType } = binary;
	await checkSize(context, binary, { filename, maxBytes: rules.maxBytes });
	return {
		read: () => readBinary(context, itemIndex, binary, { filename, mimeType, ...rules }),
	};
}

type Target = Pick<InputFile, 'nodeId' | 'input'>;

/** Of a row that names an input alone. */
export function inputOf({ input }: Row): Target {
	const hint = 'Name the input that takes the file.';
	return input === '' ? {} : { input: requireText(input, 'Input', hint) };
}

function nodeOf(row: Row): Target {
	if (row.nodeId === '') return {};

	const hint = 'Choose the node that loads the file.';
	const nodeId = requireText(row.nodeId, nodeField.displayName, hint);
	const input = row.input === undefined || row.input === '' ? DEFAULT_INPUT : row.input;
	return (
		parseFieldId(nodeId) ?? {
			nodeId,
			input: requireText(
				input,
				inputField.displayName,
				'Name an input of the node, such as image.',
			),
		}
	);
}

async function readBinary(
	context: IExecuteFunctions,
	itemIndex: number,
	binary: IBinaryData,
	options: MediaOptions,
): Promise<MediaInput> {
	const { helpers } = context;
	return toMediaInput(
		binary.id
			? await helpers.getBinaryStream(binary.id)
			: await helpers.getBinaryDataBuffer(itemIndex, binary),
		options,
	);
}
