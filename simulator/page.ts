import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { pathOf } from './files';
import { beginning, toJson } from './json';
import type { Reply } from './reply';
import { ApiError, errorReply, text } from './reply';
import { contextOf } from './routes/context';
import type { Route } from './routes/table';
import { describeError } from './run/check';
import type { Job, OutputFile } from './types';
import { isFinished, type World } from './world';

/** Number of requests on the page, the latest ones. */
const SHOWN = 50;
const MAX_TEXT = 2000;
const RELOAD_SECONDS = 3;
/** Before the path of a file that the page shows. */
const FILES = '/page';

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 56rem; margin: 2rem auto; padding: 0 1rem }
ol { list-style: none; padding: 0 }
li { border-top: 1px solid #8886; padding: 0.75rem 0 }
p { margin: 0.25rem 0; overflow-wrap: anywhere }
small { opacity: 0.75 }
b { display: inline-block; min-width: 6rem }
b.succeeded { color: #1a7f37 }
b.failed, .error { color: #cf222e }
img { max-width: 16rem; max-height: 16rem; margin: 0.5rem 0.5rem 0 0 }
`;

const HEADERS = {
	'content-security-policy': [
		"default-src 'none'",
		"img-src 'self'",
		`style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
	].join('; '),
	'cross-origin-resource-policy': 'same-origin',
	'referrer-policy': 'no-referrer',
	'x-content-type-options': 'nosniff',
};

/** Answers requests of the page; undefined for all others, which are calls to the API. */
export type Page = (request: IncomingMessage) => Promise<Reply | undefined>;

/**
 * A list of the latest requests, for people. It is not a client: what it loads is not logged, and faults do not strike
 * it.
 * @param isOwnHost whether a `Host` header names this server
 */
export function createPage(
	world: World,
	routes: readonly Route[],
	isOwnHost: (asked: string) => boolean,
): Page {
	return async ({ method, url = '/', headers }) => {
		const isFile = url.startsWith(`${FILES}/storage/`);
		if (method !== 'GET' || (url !== '/' && !isFile)) return undefined;
		// A website that points its name at this machine must not read the list (DNS rebinding).
		if (!isOwnHost(headers.host ?? '')) {
			return text('This page answers only at its own address.', 403);
		}
		if (isFile) return await fileAt(world, routes, url.slice(FILES.length), headers);
		const reply = text(list(world), 200, 'text/html; charset=utf-8');
		return { ...reply, headers: { ...reply.headers, ...HEADERS } };
	};
}

async function fileAt(
	world: World,
	routes: readonly Route[],
	path: string,
	headers: IncomingHttpHeaders,
): Promise<Reply> {
	const call = { route: 'storage', method: 'GET', path, headers, params: {} } as const;
	const context = contextOf(world, { ...call, url: new URL(path, world.origin) });
	try {
		const reply = await routes.find(({ name }) => name === 'storage')?.handle(context);
		// A path always has the same bytes, so that a reload fetches nothing again.
		const caching = { 'cache-control': 'max-age=31536000, immutable' };
		return { ...text('', 404), ...reply, headers: { ...reply?.headers, ...caching } };
	} catch (error) {
		if (error instanceof ApiError) return errorReply(error);
		throw error;
	}
}

/** Anyone may have sent a text, so it becomes markup nowhere. */
const safe = (given: unknown): string =>
	beginning(typeof given === 'string' ? given : toJson(given), MAX_TEXT).replace(
		/[&<>"']/g,
		(mark) => `&#${mark.charCodeAt(0)};`,
	);

function list(world: World): string {
	world.catchUp();
	const jobs = [...world.jobs.values()];
	const shown = jobs.slice(-SHOWN).reverse();
	const older = jobs.length - shown.length;
	const empty = '<p>None yet. Give a client the address above and the token that was printed.</p>';
	return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${RELOAD_SECONDS}">
<title>RunComfy simulator</title>
<style>${STYLE}</style>
<h1>RunComfy simulator</h1>
<p><code>${safe(world.origin)}</code></p>
<h2>Requests</h2>
${jobs.length === 0 ? empty : `<ol>\n${shown.map((job) => row(world, job)).join('')}</ol>`}
${older > 0 ? `<p>and ${older} older</p>` : ''}
</html>
`;
}

function row(world: World, job: Job): string {
	const { state, outcome } = job;
	const errors = state === 'failed' && outcome.kind === 'failed' ? outcome.error : [];
	const made = state === 'succeeded' && outcome.kind === 'succeeded' ? outcome.outputs : {};
	const outputs = Object.entries(made).flatMap(([node, channels]) =>
		Object.entries(channels).flatMap(([channel, entries]) =>
			entries.map((entry) =>
				'file' in entry
					? fileOf(job, entry.file)
					: `<p><small>${safe(node)} · ${safe(channel)}</small> ${safe(entry.value)}</p>`,
			),
		),
	);
	const name = world.ownerOf(job)?.name ?? job.deploymentId;
	return `<li>
<p><b class="${state}">${state.replace('_', ' ')}</b> ${safe(name)} <small>${factsOf(world, job).map(safe).join(' · ')}</small></p>
<p><code>${safe(job.overrides)}</code></p>
${errors.map((one) => `<p class="error">${safe(`${one.error}: ${describeError(one)}`)}</p>`).join('')}
${outputs.join('\n')}
</li>
`;
}

function factsOf(world: World, job: Job): string[] {
	const { requestId, createdAt, startedAt, finishedAt = world.now(), cost, webhook } = job;
	const owner = world.ownerOf(job);
	const waiting = job.state === 'in_queue' && owner ? world.pool(owner).pending : [];
	const position = job.position ?? waiting.indexOf(job) + 1;
	return [
		requestId,
		new Date(createdAt).toTimeString().slice(0, 8),
		...(position > 0 ? [`number ${position} in the queue`] : []),
		...(startedAt === undefined ? [] : [`${((finishedAt - startedAt) / 1000).toFixed(1)} s`]),
		...(!isFinished(job) && job.cancelRequestedAt !== undefined ? ['is being canceled'] : []),
		...(cost === undefined ? [] : [`$${cost}`]),
		...(webhook ? [`webhook ${webhook}`] : []),
	];
}

function fileOf({ requestId }: Job, file: OutputFile): string {
	const name = safe([file.subfolder, file.filename].filter(Boolean).join('/'));
	if (!file.hosted) return `<p>${name} (no URL)</p>`;
	const url = safe(FILES + pathOf(requestId, file));
	const picture = /\.(?:png|jpe?g|webp|gif)$/i.test(file.filename);
	const shown = picture ? `<img src="${url}" alt="${name}" title="${name}">` : name;
	return `<a href="${url}">${shown}</a>`;
}
