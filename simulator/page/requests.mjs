import { duration, el, plural, send } from './dom.mjs';

export const STATES = {
	in_queue: 'in queue',
	in_progress: 'running',
	succeeded: 'succeeded',
	failed: 'failed',
	canceled: 'canceled',
};

/** The deployment or model that runs the request. */
export const nameOf = ({ deployment, model }) => deployment ?? model;

/** Renders a request: its state, inputs and outputs. */
export function renderRequest(job) {
	const open = job.state === 'in_queue' || job.state === 'in_progress';
	const outputs = job.outputs ?? [];
	const media = outputs.filter(({ url }) => url !== undefined);
	const rest = outputs.filter(({ url }) => url === undefined);
	const beside = outputs.length === 1 && media.length === 1 && !isSound(media[0]);
	return el(
		beside ? 'li.request.beside' : 'li.request',
		el(
			'div.line',
			el(`span.state.${job.state}`, STATES[job.state]),
			el('strong', nameOf(job)),
			el('span.spacer'),
			el('span.note', timesOf(job)),
			open && cancelButton(job),
		),
		open && progressOf(job),
		job.prompt && el('p.prompt', job.prompt),
		(job.errors ?? []).map(({ error, details }) =>
			el('p.error', el('strong', error), ` ${details}`),
		),
		media.length > 0 && el('div.media', media.map(renderFile)),
		rest.length > 0 && el('ul.texts', rest.map(renderText)),
		detailsOf(job),
	);
}

function timesOf({ state, createdAt, startedAt, finishedAt }) {
	const since = (from, word) => el('span', { data: { since: from, word } });
	if (state === 'in_queue') return since(createdAt, 'waits');
	if (state === 'in_progress') return since(startedAt, 'runs');
	const ran = startedAt === undefined ? '' : `${duration(finishedAt - startedAt)} · `;
	return [ran, el('span', { data: { ago: finishedAt } })];
}

function progressOf(job) {
	const { state, position, canceling, startedAt, endsAt } = job;
	const data = { from: startedAt, to: endsAt };
	const name = { 'aria-label': `Progress of ${nameOf(job)}` };
	const queued = state === 'in_queue' && `number ${position} in the queue`;
	const label = canceling === undefined ? queued : 'is being canceled';
	return [
		// The duration of a run on a ComfyUI is unknown, so its bar is indeterminate.
		state === 'in_progress' && el('progress', { ...name, max: 1, value: endsAt && 0, data }),
		label && el('p.note', label),
	];
}

function cancelButton(job) {
	const click = async ({ currentTarget: button }) => {
		button.disabled = true;
		const path = `/simulator/runs/${encodeURIComponent(job.requestId)}/cancel`;
		await send('POST', path).catch((error) => button.replaceWith(error.message));
	};
	const name = { 'aria-label': `Cancel ${nameOf(job)}` };
	return el('button.quiet', { type: 'button', ...name, on: { click } }, 'Cancel');
}

const isSound = ({ media }) => /^(?:flac|mp3|opus|wav|ogg)$/.test(media);

/** Chooses how to show a file by its format. */
function rendererOf(file) {
	if (/^(?:a?png|webp|jpe?g|gif)$/.test(file.media)) return picture;
	if (/^(?:mp4|webm|mov|mkv)$/.test(file.media)) return film;
	return isSound(file) ? sound : link;
}

function renderFile(file) {
	const show = rendererOf(file);
	const { filename, type } = file;
	const name = type === 'temp' ? `${filename} (preview)` : filename;
	return el(`figure.${type}`, show(file), el('figcaption', name));
}

const renderText = ({ node, channel, text, filename }) =>
	el('li', el('span.note', `${node} · ${channel} `), text ?? `${filename} (no URL)`);

const opened = ({ url }) => ({ href: url, target: '_blank', rel: 'noopener' });

function picture(file) {
	const image = el('img', { src: file.url, alt: file.filename, loading: 'lazy' });
	return el('a', { ...opened(file), title: 'Open in full size' }, image);
}

function film({ filename, url }) {
	const name = { 'aria-label': filename };
	return el('video', { ...name, src: url, controls: true, muted: true, preload: 'metadata' });
}

function sound({ filename, url }) {
	return el('audio', { 'aria-label': filename, src: url, controls: true, preload: 'none' });
}

const link = (file) => el('a.file', { ...opened(file), download: true }, file.media.toUpperCase());

function detailsOf(job) {
	const rows = [
		['request_id', job.requestId],
		['deployment_id', job.deploymentId],
		['model_id', job.modelId],
		['cost', job.cost && `$${job.cost}`],
		['seed', job.seed],
		['webhook', job.webhook],
		[job.modelId === undefined ? 'overrides' : 'inputs', job.overrides],
	].filter(([, value]) => value !== undefined);
	const { outputs, errors, webhook, requestId } = job;
	const summary = [
		'',
		outputs && plural(outputs.length, 'output'),
		errors && plural(errors.length, 'error'),
		webhook && 'with webhook',
	].filter((part) => part !== undefined);
	return el(
		'details',
		el('summary', el('code', requestId.slice(0, 8)), summary.join(' · ')),
		el(
			'dl',
			rows.flatMap(([name, value]) => [el('dt', name), el('dd', value)]),
		),
	);
}
