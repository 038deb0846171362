import type { JobView } from '../../../contract/jobs.cts';
import type { Translate } from '../../../contract/states.cts';
import { h, icon, setText } from './dom.mts';
import { duration, lookOf, signOf, writeAgo } from './look.mts';
import type { NameOf } from './names.mts';
import { placeOf, reveal } from './place.mts';

export interface Row {
	readonly element: HTMLElement;
	update(job: JobView, now: number): void;
	/** Puts a picture in place of the sign of its kind. */
	show(picture: HTMLElement): void;
}

export interface RowOptions {
	translate: Translate;
	language: string;
	nameOf: NameOf;
	/** Whether the user may cancel jobs and have the addresses of their results. */
	mayWrite: () => boolean;
	onCancel: (job: JobView) => void;
	onCopy: (requestId: string, button: HTMLElement) => void;
	onOpen: (job: JobView) => void;
	onAgain: (job: JobView) => void;
	onCopyAddress: (job: JobView, button: HTMLElement) => void;
}

/** Milliseconds in which a job is not run again once more. */
const AGAIN_PAUSE_MS = 3_000;

/** A job's row, which stays the same element while the job changes. */
export function createRow(first: JobView, options: RowOptions): Row {
	const { translate, language } = options;
	const text = (key: string) => translate(`runcomfy-jobs.${key}`);
	let job = first;

	const sign = h('i', { 'aria-hidden': 'true' });
	const result = cell('result', sign);
	const name = h('button', { type: 'button', class: 'runcomfy-job-name', title: text('reveal') });
	const resumed = h('span', { class: 'runcomfy-job-resumed', title: text('resumed') });
	resumed.append(icon('history'));
	const flow = cell('flow');
	const dot = h('span', { 'aria-hidden': 'true' });
	const state = h('span', { class: 'runcomfy-job-text' });
	const bar = h('span');
	const track = h('span', { class: 'runcomfy-job-bar', role: 'progressbar' }, bar);
	const age = cell('age');
	const about = cell('about');
	const reason = h('div', { class: 'runcomfy-job-reason', hidden: '' });
	const open = actionButton('external-link', text('open'));
	const address = actionButton('link', text('copyAddress'));
	const again = actionButton('repeat', text('again'));
	const copy = actionButton('clipboard', text('copy'));
	const cancel = actionButton('stop', text('cancel'));
	const element = h(
		'div',
		{ class: 'runcomfy-job', role: 'row', 'data-job': first.job },
		...[result, cell('node', name, resumed), age, about, cell('state', dot, state, track)],
		...[flow, cell('actions', again, open, address, copy, cancel), reason],
	);

	name.addEventListener('click', () => {
		const { node } = placeOf(job.nodeId);
		if (node) reveal(node);
	});
	cancel.addEventListener('click', () => {
		cancel.disabled = true;
		options.onCancel(job);
	});
	copy.addEventListener('click', () => {
		if (job.requestId !== undefined) options.onCopy(job.requestId, copy);
	});

	let askedAgainAt = -Infinity;
	// A second click of a double click must not be paid for.
	const asksAgain = () => Date.now() - askedAgainAt < AGAIN_PAUSE_MS;
	again.addEventListener('click', () => {
		if (asksAgain()) return;
		askedAgainAt = Date.now();
		again.disabled = true;
		options.onAgain(job);
	});
	open.addEventListener('click', () => options.onOpen(job));
	address.addEventListener('click', () => options.onCopyAddress(job, address));

	return {
		element,
		update(next, now) {
			job = next;
			const place = placeOf(job.nodeId);
			const look = lookOf(job, now, translate);
			element.classList.toggle('runcomfy-job-ended', job.state === 'ended');
			sign.className = `fa fa-${signOf(job)}`;
			setText(name, place.name ?? text('goneNode'));
			name.disabled = place.node === undefined;
			resumed.hidden = job.resumed !== true;
			const { modelId, deploymentId = '' } = job;
			const called = modelId
				? (job.modelName ?? modelId)
				: (job.deploymentName ?? options.nameOf(deploymentId, place.node?.config ?? ''));
			setText(flow, [place.flow, called ?? shortId(deploymentId)].filter(Boolean).join(' · '));
			flow.title = [place.flow, called, modelId ?? deploymentId].filter(Boolean).join('\n');
			setText(about, [job.topic, job.about].filter(Boolean).join(' · '));
			about.title = [job.topic, job.about].filter(Boolean).join('\n');
			about.hidden = about.textContent === '';
			const failed = job.outcome !== undefined && !/^(succeeded|run_canceled)$/.test(job.outcome);
			setText(reason, (failed && job.reason) || '');
			reason.title = job.reason ?? '';
			reason.hidden = reason.textContent === '';
			element.classList.toggle('runcomfy-job-failed', !reason.hidden);
			dot.className = `runcomfy-job-dot runcomfy-job-${look.shape}`;
			dot.style.color = `var(--red-ui-node-status-colors-${look.fill})`;
			setText(state, look.text);
			state.title = [look.text, job.requestId].filter(Boolean).join('\n');
			showProgress(look.progress);
			const since = job.endedAt ?? job.arrivedAt;
			const ms = Math.max(0, now - since);
			setText(age, job.state === 'ended' ? writeAgo(ms, language) : duration(ms, translate));
			age.title = new Date(since).toLocaleString(language);
			copy.disabled = job.requestId === undefined;
			const allowed = options.mayWrite();
			for (const button of [open, address]) {
				button.hidden = !job.files;
				button.disabled = !allowed;
			}
			again.hidden = !job.again;
			again.disabled = !allowed || asksAgain();
			cancel.disabled = !job.cancelable || !allowed;
			label(cancel, text(allowed ? 'cancel' : 'mayNotCancel'));
		},
		show: (picture) => sign.replaceWith(picture),
	};

	function showProgress(progress: number | undefined): void {
		track.hidden = progress === undefined;
		if (progress === undefined) return;
		track.setAttribute('aria-valuenow', String(Math.round(progress * 100)));
		bar.style.width = `${progress * 100}%`;
	}
}

/** Enough of an id to tell deployments apart. */
function shortId(id: string): string {
	return id.length > 13 ? `${id.slice(0, 8)}…` : id;
}

function cell(name: string, ...children: Node[]): HTMLDivElement {
	return h('div', { class: `runcomfy-job-${name}`, role: 'cell' }, ...children);
}

function actionButton(sign: string, name: string): HTMLButtonElement {
	const button = h('button', { type: 'button', class: 'red-ui-button red-ui-button-small' });
	button.append(icon(sign));
	label(button, name);
	return button;
}

function label(button: HTMLElement, name: string): void {
	button.title = name;
	button.setAttribute('aria-label', name);
}
