import { duration, el, plural, send } from './dom.mjs';

export const STATES = {
	in_queue: 'in queue',
	in_progress: 'running',
	succeeded: 'succeeded',
	failed: 'failed',
	canceled: 'canceled',
};

/** One request: its state, what went in, what came out. */
export function renderRequest(job) {
	const open = job.state === 'in_queue' || job.state === 'in_progress';
	const media = (job.outputs ?? []).filter(({ url }) => url !== undefined);
	const rest = (job.outputs ?? []).filter(({ url }) => url === undefined);
	const beside = media.length === 1 && rest.length === 0 && MEDIA[media[0].media] !== sound;
	return el(
		'li',
		{ class: beside ? 'request beside' : 'request' },
		el(
			'div',
			{ class: 'line' },
			el('span', { class: `state ${job.state}` }, STATES[job.state]),
			el('strong', {}, job.deployment),
			el('span', { class: 'spacer' }),
			el('span', { class: 'note' }, timesOf(job)),
			open && cancelButton(job),
		),
		open && progressOf(job),
		job.prompt && el('p', { class: 'prompt' }, job.prompt),
		(job.errors ?? []).map(({ error, details }) =>
			el('p', { class: 'error' }, el('strong', {}, error), ` ${details}`),
		),
		media.length > 0 && el('div', { class: 'media' }, media.map(renderFile)),
		rest.length > 0 && el('ul', { class: 'texts' }, rest.map(renderText)),
		detailsOf(job),
	);
}

function timesOf(job) {
	const since = (from, word) => el('span', { data: { since: from, word } });
	if (job.state === 'in_queue') return since(job.createdAt, 'waits');
	if (job.state === 'in_progress') return since(job.startedAt, 'runs');
	const ran = job.startedAt === undefined ? '' : `${duration(job.finishedAt - job.startedAt)} · `;
	return [ran, el('span', { data: { ago: job.finishedAt } })];
}

function progressOf(job) {
	const label =
		job.canceling !== undefined
			? 'is being canceled'
			: job.state === 'in_queue'
				? `number ${job.position} in the queue`
				: undefined;
	const { startedAt, endsAt } = job;
	const name = { 'aria-label': `Progress of ${job.deployment}` };
	return [
		job.state === 'in_progress' &&
			el('progress', { ...name, max: 1, value: 0, data: { from: startedAt, to: endsAt } }),
		label !== undefined && el('p', { class: 'note' }, label),
	].filter(Boolean);
}

function cancelButton(job) {
	const cancel = async ({ currentTarget: button }) => {
		button.disabled = true;
		const path = `/simulator/runs/${encodeURIComponent(job.requestId)}/cancel`;
		await send('POST', path).catch((error) => button.replaceWith(error.message));
	};
	return el(
		'button',
		{
			type: 'button',
			class: 'quiet',
			'aria-label': `Cancel ${job.deployment}`,
			on: { click: cancel },
		},
		'Cancel',
	);
}

const MEDIA = {
	png: picture,
	apng: picture,
	webp: picture,
	mp4: film,
	webm: film,
	flac: sound,
};

function renderFile(file) {
	const show = MEDIA[file.media] ?? link;
	return el('figure', { class: file.type }, show(file), el('figcaption', {}, nameOf(file)));
}

const renderText = ({ node, channel, text, filename }) =>
	el(
		'li',
		{},
		el('span', { class: 'note' }, `${node} · ${channel} `),
		text ?? `${filename} (no URL)`,
	);

const nameOf = ({ filename, type }) => (type === 'temp' ? `${filename} (preview)` : filename);
const opened = (file) => ({ href: file.url, target: '_blank', rel: 'noopener' });

function picture(file) {
	const src = `${file.url}?preview`;
	const image = el('img', { src, alt: file.filename, loading: 'lazy' });
	return el('a', { ...opened(file), title: 'Open in full size' }, image);
}

function film(file) {
	const name = { 'aria-label': file.filename };
	return el('video', { ...name, src: file.url, controls: true, muted: true, preload: 'metadata' });
}

function sound(file) {
	const name = { 'aria-label': file.filename };
	return el('audio', { ...name, src: file.url, controls: true, preload: 'none' });
}

const link = (file) =>
	el('a', { ...opened(file), class: 'file', download: true }, file.media.toUpperCase());

function detailsOf(job) {
	const rows = [
		['request_id', job.requestId],
		['deployment_id', job.deploymentId],
		['queue', job.version],
		['seed', job.seed],
		['webhook', job.webhook],
		['overrides', job.overrides],
	].filter(([, value]) => value !== undefined);
	return el(
		'details',
		{},
		el('summary', {}, el('code', {}, job.requestId.slice(0, 8)), summaryOf(job)),
		el(
			'dl',
			{},
			rows.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]),
		),
	);
}

function summaryOf({ outputs, webhook, errors }) {
	const parts = [
		outputs && plural(outputs.length, 'output'),
		errors && plural(errors.length, 'error'),
		webhook && 'with webhook',
	].filter(Boolean);
	return parts.length === 0 ? '' : ` · ${parts.join(' · ')}`;
}
