import { RunComfyError, toRunComfyError } from '../errors';
import { type OverrideRow, type Overrides, overridesFromRows } from '../workflow/overrides';
import type { InputFile } from './draft';

/** Placeholders for the files, so that the inputs can be checked before any file is read. */
export function placeholdersOf(files: readonly InputFile[]): OverrideRow[] {
	return files.map(({ nodeId, input }) => ({ nodeId, input, value: 'data:' }));
}

/**
 * Refuses two files for one input: one of them would be dropped silently.
 * @throws RunComfyError `invalid_input`
 */
export function refuseTwoForOne(files: readonly InputFile[]): void {
	const seen = new Set<string>();
	for (const { nodeId, input } of files) {
		const target = JSON.stringify([nodeId, input]);
		if (seen.has(target)) {
			throw new RunComfyError(
				'invalid_input',
				`Input Files has two files for the input ${input} of node ${nodeId}`,
				{ hint: 'An input takes one file: delete a row, or choose another node or input in it.' },
			);
		}
		seen.add(target);
	}
}

/** @throws RunComfyError that names the file, when it cannot be read. */
export async function readFiles(
	files: readonly InputFile[],
): Promise<{ overrides: Overrides; warnings: string[] }> {
	const read = await Promise.all(
		files.map(async ({ nodeId, input, label, read }) => {
			const { value, warnings } = await named(label, read);
			return { row: { nodeId, input, value }, warnings };
		}),
	);
	return {
		overrides: overridesFromRows(read.map(({ row }) => row)),
		warnings: read.flatMap(({ warnings }) => warnings),
	};
}

/** Puts the name of a field before whatever goes wrong with it. @throws RunComfyError */
export async function named<T>(label: string, work: () => T | Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (thrown) {
		const { code, message, hint, details } = toRunComfyError(thrown, 'invalid_input');
		throw new RunComfyError(code, `${label}: ${message}`, { hint, details });
	}
}
