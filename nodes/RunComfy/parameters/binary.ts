import type { IBinaryData } from 'n8n-workflow';
import { closestName, invalidInput, refuseLarge, trimEnd } from '../../../core';
import type { Item } from './options';

/**
 * The file in a binary field of the item, or among its fields, as some workflows have it.
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
	const meant = closestName(property, names);
	const hint =
		names.length === 0
			? 'The item has no file. Check the node before this one, or add the file by its URL.'
			: `It has ${names.join(', ')}${meant === undefined ? '.' : `: did you mean "${meant}"?`}`;
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
		throw invalidInput(`${filename} is empty`, 'Check the node that makes the file.');
	refuseLarge(bytes, filename);
}
