import { type RunComfyError, toRunComfyError } from '../errors';
import type { Client } from '../http/client';
import type { RequestRef } from '../target';
import { mapSettled } from '../waiting';
import { download, type DownloadOptions } from './download';
import type { OutputFile } from './outputFile';

/** A file with the value that `save` returned, or with the error that explains why it is missing. */
export type FetchedOutput<T> =
	| { file: OutputFile; value: T; error?: undefined }
	| {
			file: OutputFile;
			error: RunComfyError;
			/** The error as text for the user of the flow. */
			warning: string;
	  };

/**
 * Downloads output files and returns them in the same order. A file that cannot be downloaded keeps its entry,
 * because a failed download must never lose a paid result. An entry has
 * the type from the storage server if the file name does not show it.
 * @throws RunComfyError `aborted`
 */
export async function fetchOutputs<T>(
	client: Client,
	ref: RequestRef,
	files: readonly OutputFile[],
	{ atOnce, ...options }: DownloadOptions<T> & { atOnce: number },
): Promise<FetchedOutput<T>[]> {
	const fetched = await mapSettled(files, atOnce, (file) => download(client, ref, file, options));
	return files.map((file, index) => {
		const one = fetched[index];
		return one?.ok ? one.value : missing(file, one?.error);
	});
}

function missing(file: OutputFile, thrown: unknown) {
	const error = toRunComfyError(thrown, 'output_unavailable');
	// A user who has stopped the run does not need the remaining files.
	if (error.code === 'aborted') throw error;
	return { file, error, warning: `${error.message}. ${error.hint}` };
}
