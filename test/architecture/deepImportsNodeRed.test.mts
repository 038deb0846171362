// Tests of the Node-RED nodes come in by a node's own file, a runtime, or an editor page, so that files can move.
import { describe, expect, it } from '@jest/globals';
import { importsOf, sourcesOf, textsOf } from './sources.mts';

/** What Node-RED loads, and the types of what the dialogs and the runtime tell each other. */
const isDoor = (target: string) =>
	/^node-red\/(nodes\/(?<type>[\w-]+)\/\k<type>$|contract\/)/.test(target);

/** Functions with a contract of their own, which a test may import from where they are, and why. */
const DEEP: Record<string, string> = {
	...rules('node-red/editor', 'what a list offers and a flow file keeps, without a browser', [
		'combobox',
		'row',
	]),
	...rules('node-red/nodes', 'a table of how a dialog or the sidebar shows what it was told', [
		'runcomfy-config/sharedLimit',
		'runcomfy-jobs/sidebar/feed',
		'runcomfy-jobs/sidebar/look',
		'runcomfy-jobs/sidebar/names',
		'runcomfy-jobs/sidebar/subflowIds',
	]),
	'node-red/nodes/runcomfy-jobs/pictures': 'which answers of a storage host reach a browser',
	...rules('node-red/runtime/account', 'sockets and files of a process, against hostile servers', [
		'host',
		'pool',
	]),
	...rules('node-red/runtime/inputs', 'reads anything, and in a time that grows with it', [
		'keptInput',
		'rows',
		'snapshot',
	]),
	...rules('node-red/runtime/journal', 'reads anything, and in a time that grows with it', [
		'keptMessage',
		'lines',
	]),
	...rules('node-red/runtime/journal', 'files and locks on a disk that fails, or that others use', [
		'journal',
		'lock',
	]),
	...rules(
		'node-red/runtime/runs',
		'plain data or promises, in every order in which things happen',
		['entry', 'record', 'run'],
	),
	'node-red/runtime/node/lifecycle': 'the events of a runtime, in any order',
	'node-red/runtime/node/handler': 'how one message ends, whatever fails about it',
	'node-red/runtime/node/message': 'a table of content types, and any headers',
	'node-red/runtime/node/status': 'one status of many runs, moment by moment',
	'node-red/runtime/outputs/saveFile': 'a disk that fails, or never answers',
	'node-red/runtime/pace': 'how much of a turn of the event loop messages may take',
	'node-red/runtime/webhook/callback':
		'reads any body; how many looks a flood of callbacks may cost',
};

function rules(folder: string, reason: string, files: string[]): Record<string, string> {
	return Object.fromEntries(files.map((file) => [`${folder}/${file}`, reason]));
}

/** The helpers of these tests are the door of a runtime. */
const isOpen = (file: string) => file.startsWith('test/node-red/support/');

describe('tests of the Node-RED nodes', () => {
	const inner = sourcesOf('test/node-red')
		.filter((file) => !isOpen(file))
		.flatMap((file) =>
			[
				...importsOf(file).flatMap(({ target }) => target ?? []),
				...textsOf(file).filter((text) => /^node-red\/.*\.cjs$/.test(text)),
			].map((target) => ({ file, target: target.replace(/\.cjs$/, '') })),
		)
		.filter(({ target }) => target.startsWith('node-red/') && !isDoor(target));

	it('come in through the doors, but for what is listed here', () => {
		const unlisted = inner.filter(({ target }) => !(target in DEEP));
		expect(unlisted.map(({ file, target }) => `${file}: ${target}`)).toEqual([]);
	});

	it('need each exception', () => {
		const used = new Set(inner.map(({ target }) => target));
		expect(Object.keys(DEEP).filter((file) => !used.has(file))).toEqual([]);
	});
});
