import { download, type DownloadOptions } from '../../../core/files/download';
import { createClient, type Host, type OutputFile } from '../../../core/index';
import { REF } from '../support/fakeJob.mts';
import { clientOf, type Reply, type Script } from '../support/virtualHost.mts';

export const URL_1 = 'https://store.example/req-1/output/a.png?sig=old';
export const FILE: OutputFile = {
	node_id: '9',
	channel: 'images',
	kind: 'image',
	filename: 'a.png',
	url: URL_1,
	mime_type: 'image/png',
	type: 'output',
};
export const bytes = (length: number) => new Uint8Array(length).fill(7);
export const file = (...lengths: number[]): Reply => ({ chunks: lengths.map(bytes) });
export const declared = (length: number, reply: Reply): Reply => ({
	...reply,
	headers: { 'content-length': String(length) },
});

/** Collects the bytes as a host stores them. */
export const collect: DownloadOptions<OutputFile & { stored: number }>['save'] = async (
	stream,
	named,
) => {
	let stored = 0;
	for await (const chunk of stream) stored += chunk.length;
	return { bytes: stored, value: { ...named, stored } };
};

export function downloading(
	script: Script | Reply | Error,
	options: Partial<DownloadOptions<OutputFile & { stored: number }>> = {},
	given: OutputFile = FILE,
) {
	const { client, host } = clientOf(script);
	const done = download(client, REF, given, { save: collect, ...options });
	return { host, done: done.then(({ value }) => value) };
}

/** Creates a client that records the end of each answer's stream: `read` or `closed`. */
export function watching(reply: Reply) {
	const { host } = clientOf(reply);
	const seen: string[] = [];
	const watched: Host = {
		...host,
		async request(request) {
			const answer = await host.request(request);
			const chunks = answer.stream![Symbol.asyncIterator]();
			const stream = {
				next() {
					seen.push('read');
					return chunks.next();
				},
				async return() {
					seen.push('closed');
					return { done: true as const, value: undefined };
				},
			};
			return { ...answer, stream: { [Symbol.asyncIterator]: () => stream } };
		},
	};
	return { client: createClient({ host: watched }), seen };
}
