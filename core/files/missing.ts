import { toRunComfyError } from '../errors';

/**
 * What a user is told of an output file that could not be fetched.
 * @throws RunComfyError `aborted`: whoever has stopped has no use for the rest.
 */
export function warnOfMissingFile(thrown: unknown): string {
	const error = toRunComfyError(thrown, 'output_unavailable');
	if (error.code === 'aborted') throw error;
	return `${error.message}. ${error.hint}`;
}
