// Preloaded with `--require` into a process that will be killed. Between two effects, nothing changes outside of the
// process, neither files nor sent data. So killing just before each effect, and once at the end, covers every moment.
// This script records each effect in a file before it happens; at the chosen effect, it ends the process instead, as
// SIGKILL does.
const { Buffer } = require('node:buffer');
const channels = require('node:diagnostics_channel');
const fs = require('node:fs');
const http = require('node:http');
const { basename, relative } = require('node:path');

const { folders, record, kill } = JSON.parse(process.env.CRASH_PLAN ?? '{}');
const { appendFileSync, writeSync } = fs;

/** How often each effect has happened so far. */
const counts = new Map();
const awaited = new Map();
let over = false;

const note = (line) => appendFileSync(record, `${JSON.stringify(line)}\n`);

function die(name) {
	note({ killed: name });
	process.kill(process.pid, 'SIGKILL');
	// Blocks until the signal arrives.
	for (;;);
}

/** Call this before the effect. With `torn`, the first half of the effect happens, if it can be split. */
function effect(name, torn) {
	if (over) return;
	const nth = (counts.get(name) ?? 0) + 1;
	counts.set(name, nth);
	const chosen = kill && kill.name === name && kill.nth === nth;
	if (chosen && kill.torn) torn?.();
	if (chosen) die(name);
	note({ effect: name, nth });
	awaited.get(name)?.();
}

/** Records what a test sees of a message or item behind the package's nodes. */
const tell = (what) => note(what);

/** From here on, the process only cleans up. */
const end = () => {
	over = true;
};

/** Resolves when the effect happens for the first time, in the same turn of the event loop. */
const first = (name) => new Promise((resolve) => awaited.set(name, resolve));

module.exports = { effect, tell, end, first };

/** The name of a file in the list of effects; undefined if the file is ignored. */
function nameOf(path) {
	for (const [name, folder] of Object.entries(folders)) {
		const below = relative(folder, String(path));
		if (below === '') return name;
		if (!below.startsWith('..')) return basename(below).replaceAll(UNIQUE, '*');
	}
	return undefined;
}

/** Process ids and random ids. */
const UNIQUE = /(?:\d{1,9}[-.])?[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g;

/** Open files by descriptor, with what was last written to each. */
const open = new Map();

/** Names a write by the state of the receipt in it. */
function kindsIn(data) {
	const state = /"receipt":\{.*?"state":"(\w+)"/.exec(String(data))?.[1];
	return state === undefined ? '' : ` (${state})`;
}

function watchFiles() {
	const wrap = (target, name, before) => {
		const given = target[name];
		target[name] = function (...args) {
			before(args);
			return given.apply(this, args);
		};
	};
	const on = (name, path, how = '') => {
		const file = nameOf(path);
		if (file !== undefined) effect(`${name} ${file}${how}`);
	};
	const reads = (flags) => flags === undefined || flags === 'r' || flags === 'r+';

	const { openSync } = fs;
	fs.openSync = (path, flags, ...more) => {
		if (!reads(flags)) on('create', path);
		const fd = openSync(path, flags, ...more);
		const file = nameOf(path);
		if (file === undefined) open.delete(fd);
		else open.set(fd, { file, kinds: '' });
		return fd;
	};
	fs.writeSync = (fd, data, ...more) => {
		const one = open.get(fd);
		const half = () => {
			const [start = 0, length, position] = typeof data === 'string' ? [] : more;
			const bytes = Buffer.from(data).subarray(start, length && start + length);
			writeSync(fd, bytes, 0, Math.floor(bytes.length / 2), position);
		};
		if (one) {
			one.kinds = kindsIn(data);
			effect(`write ${one.file}${one.kinds}`, half);
		}
		return writeSync(fd, data, ...more);
	};
	for (const name of ['fsync', 'fsyncSync']) {
		wrap(fs, name, ([fd]) => {
			const { file, kinds } = open.get(fd) ?? {};
			if (file !== undefined) effect(`fsync ${file}${kinds}`);
		});
	}
	wrap(fs, 'renameSync', ([path, to]) => {
		on('rename', path);
		for (const one of open.values()) if (one.file === nameOf(path)) one.file = nameOf(to);
	});
	wrap(fs, 'rmSync', ([path]) => on('remove', path));
	wrap(fs, 'unlinkSync', ([path]) => on('remove', path));

	const later = fs.promises;
	wrap(later, 'rename', ([path]) => on('rename', path));
	wrap(later, 'rm', ([path]) => on('remove', path));
	wrap(later, 'mkdir', ([path]) => on('make', path));
	wrap(later, 'writeFile', ([path]) => on('write', path));
	const openLater = later.open;
	later.open = async (path, flags, ...more) => {
		if (!reads(flags)) on('create', path);
		const handle = await openLater(path, flags, ...more);
		if (nameOf(path) === undefined) return handle;
		for (const name of ['write', 'writev']) wrap(handle, name, () => on('write', path));
		return handle;
	};
}

const ROUTES = [
	[/\/inference$/, 'submit'],
	[/\/status$/, 'status'],
	[/\/result$/, 'result'],
	[/\/cancel$/, 'cancel'],
	[/\/object_info/, 'node types'],
	[/\/deployments\/[^/]+$/, 'deployment'],
	[/\/webhook-waiting\//, 'the address of n8n'],
];

/** Names a call to the service in the list of effects. */
function exchange(path) {
	const [route] = String(path).split('?');
	return ROUTES.find(([pattern]) => pattern.test(route))?.[1] ?? 'file';
}

function watchExchanges() {
	const { URL } = globalThis;
	// Node-RED's calls, made with undici.
	channels.subscribe('undici:request:create', ({ request: { path } }) =>
		effect(`ask for ${exchange(path)}`),
	);
	channels.subscribe('undici:request:headers', ({ request: { path } }) =>
		effect(`answer to ${exchange(path)}`),
	);
	// n8n's calls, made with Node.js itself.
	const { request } = http;
	http.request = (...args) => {
		const [first, second] = args;
		const options = typeof first === 'string' || first instanceof URL ? second : first;
		const { path = '' } = options ?? {};
		const name = exchange(path);
		effect(`ask for ${name}`);
		const sent = request(...args);
		sent.prependOnceListener('response', () => effect(`answer to ${name}`));
		return sent;
	};
}

if (record !== undefined) {
	watchFiles();
	watchExchanges();
}
