import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';
import { closestName, refuseLarge, RunComfyError, trimEnd } from '../../../core';
import { LABELS } from '../transport/host';

/**
 * The file in a binary field of the item, or among its fields, as some workflows have it.
 * @throws RunComfyError `invalid_input` if there is none
 */
export function findBinary(
	context: IExecuteFunctions,
	itemIndex: number,
	property: string,
): IBinaryData {
	try {
		return context.helpers.assertBinaryData(itemIndex, property);
	} catch {
		return noSuchFile(property, Object.keys(context.getInputData()[itemIndex]?.binary ?? {}));
	}
}

function noSuchFile(property: string, names: readonly string[]): never {
	const meant = closestName(property, names);
	const hint =
		names.length === 0
			? 'The item has no file. Check the node before this one, or add the file by its URL.'
			: `It has ${names.join(', ')}${meant === undefined ? '.' : `: did you mean "${meant}"?`}`;
	throw new RunComfyError('invalid_input', `The item has no binary field "${property}"`, { hint });
}

/** @throws RunComfyError `invalid_input` if the file is empty or too large */
export async function checkSize(
	context: IExecuteFunctions,
	binary: IBinaryData,
	{ filename, maxBytes }: { filename: string; maxBytes: number | undefined },
): Promise<void> {
	const bytes = await sizeOf(context, binary);
	refuseEmpty(filename, bytes);
	refuseLarge(bytes, { filename, maxBytes, limitLabel: LABELS.inputFileLimit });
}

async function sizeOf(context: IExecuteFunctions, binary: IBinaryData): Promise<number> {
	if (!binary.id) return Math.floor((trimEnd(binary.data, /=/).length * 3) / 4);
	return binary.bytes ?? (await context.helpers.getBinaryMetadata(binary.id)).fileSize;
}

function refuseEmpty(filename: string, bytes: number): void {
	if (bytes > 0) return;
	throw new RunComfyError('invalid_input', `${filename} is empty`, {
		hint: 'Check the node that makes the file.',
	});
}
