import type { IBinaryData } from 'n8n-workflow';
import {
	FileRef,
	type Files,
	invalidInput,
	isObject,
	readBytes,
	refuseLarge,
	trimEnd,
} from '../../../core';
import type { Item } from './options';

/** The files that the values of an item may stand for: by the name of a binary field, or as n8n's object of a file. */
export function filesOf(item: Item): Files {
	const found = new Map<string, FileRef>();
	return {
		find(value) {
			const binary = typeof value === 'string' ? inField(item, value) : value;
			if (!isBinary(binary)) return undefined;
			const { id, data, fileName = typeof value === 'string' ? value : 'The file' } = binary;
			if (id === undefined && data === undefined) throw notStored();
			checkSize(binary, fileName);
			const file = found.get(id ?? data) ?? toFile(item, binary, fileName);
			found.set(id ?? data, file);
			return file;
		},
		ways: () => `the name of a binary field (${namesIn(item)}), a URL or a data URI`,
	};
}

/** Whether a value is a file as n8n's items hold it. An expression gives it without its data. */
function isBinary(value: unknown): value is IBinaryData {
	return isObject(value) && typeof value['mimeType'] === 'string';
}

function inField({ context, itemIndex }: Item, name: string): unknown {
	try {
		return context.helpers.assertBinaryData(itemIndex, name);
	} catch {
		return undefined;
	}
}

function namesIn({ context, itemIndex }: Item): string {
	const { json, binary } = context.getInputData()[itemIndex] ?? {};
	// In workflows with combined binary data, files are in the item's normal fields.
	const fields = Object.entries({ ...json, ...binary });
	const names = fields.flatMap(([name, value]) => (isBinary(value) ? [name] : []));
	return names.length > 0 ? `the item has ${names.join(', ')}` : 'the item has none';
}

function notStored() {
	return invalidInput(
		'n8n keeps this file in memory, and an expression cannot pass it on',
		'Enter the name of its binary field, such as data, instead of the expression.',
	);
}

/** @throws RunComfyError `invalid_input` if the file is empty or too large */
function checkSize({ id, data, bytes }: IBinaryData, filename: string): void {
	const size = id ? bytes : Math.floor((trimEnd(data, /=/).length * 3) / 4);
	if (size === 0) {
		throw invalidInput(`${filename} is empty`, 'Check the node that creates the file.');
	}
	if (size !== undefined) refuseLarge(size, filename);
}

function toFile({ context, itemIndex }: Item, binary: IBinaryData, filename: string): FileRef {
	const { helpers } = context;
	const read = async () =>
		readBytes(
			await (binary.id
				? helpers.getBinaryStream(binary.id)
				: helpers.getBinaryDataBuffer(itemIndex, binary)),
			filename,
		);
	return new FileRef(read, filename, binary.mimeType);
}
