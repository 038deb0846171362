import type { RunView } from '../../../contract/jobs.ts';
import type { Translate } from '../../../contract/states.ts';
import { duration, iconName, jobAppearance, writeAgo } from './appearance.mts';
import { h, icon, setText } from './dom.mts';
import { locate, reveal } from './location.mts';

export interface RowOptions {
	translate: Translate;
	language: string;
	/** Whether the user may cancel jobs. */
	mayWrite: () => boolean;
	onCancel: (job: RunView) => void;
	onCopy: (requestId: string, button: HTMLElement) => void;
}

/** A job's row; its element stays the same while the job changes. */
export class Row {
	readonly element: HTMLElement;
	readonly #options: RowOptions;
	#job: RunView;
	/** Opens the result; without an address, it is no link. */
	readonly #result = h('a', { target: '_blank', rel: 'noopener noreferrer' });
	readonly #sign = h('i', { 'aria-hidden': 'true' });
	readonly #name = h('button', { type: 'button', class: 'runcomfy-job-name' });
	readonly #resumed = h('span', { class: 'runcomfy-job-resumed' }, icon('history'));
	readonly #flow = cell('flow');
	readonly #dot = h('span', { 'aria-hidden': 'true' });
	readonly #state = h('span', { class: 'runcomfy-job-text' });
	readonly #age = cell('age');
	readonly #about = cell('about');
	/** The reason of a failure, or the text output. */
	readonly #told = h('div', { class: 'runcomfy-job-told', hidden: '' });
	readonly #copy: HTMLButtonElement;
	readonly #cancel: HTMLButtonElement;

	constructor(job: RunView, options: RowOptions) {
		this.#job = job;
		this.#options = options;
		this.#name.title = this.#text('reveal');
		this.#resumed.title = this.#text('resumed');
		this.#copy = actionButton('clipboard', this.#text('copy'));
		this.#cancel = actionButton('stop', this.#text('cancel'));
		this.#result.append(this.#sign);
		this.element = h(
			'div',
			{ class: 'runcomfy-job', role: 'row', 'data-job': job.job },
			cell('result', this.#result),
			cell('node', this.#name, this.#resumed),
			this.#age,
			this.#about,
			cell('state', this.#dot, this.#state),
			this.#flow,
			cell('actions', this.#copy, this.#cancel),
			this.#told,
		);
		this.#listen();
	}

	update(job: RunView, now: number): void {
		this.#job = job;
		this.element.classList.toggle('runcomfy-job-ended', job.state === 'ended');
		this.#resumed.hidden = job.resumed !== true;
		this.#showResult();
		this.#showLocation();
		this.#showTexts();
		this.#showState(now);
		this.#showAge(now);
		this.#showActions();
	}

	#listen(): void {
		const { onCancel, onCopy } = this.#options;
		this.#name.addEventListener('click', () => {
			const { node } = locate(this.#job.nodeId);
			if (node) reveal(node);
		});
		this.#cancel.addEventListener('click', () => {
			this.#cancel.disabled = true;
			onCancel(this.#job);
		});
		this.#copy.addEventListener('click', () => {
			const { requestId } = this.#job;
			if (requestId !== undefined) onCopy(requestId, this.#copy);
		});
	}

	/** A picture covers the icon, unless the browser cannot show it. */
	#showResult(): void {
		const { kind, url } = this.#job;
		this.#sign.className = `fa fa-${iconName(this.#job)}`;
		if (url === undefined || this.#result.href !== '') return;
		this.#result.href = url;
		label(this.#result, this.#text('open'));
		if (kind !== 'image') return;
		const attributes = {
			loading: 'lazy',
			decoding: 'async',
			referrerpolicy: 'no-referrer',
			alt: '',
		};
		const picture = h('img', { ...attributes, src: url });
		picture.addEventListener('error', () => picture.remove());
		this.#result.append(picture);
	}

	#showLocation(): void {
		const { nodeId, targetId = '', targetName: called } = this.#job;
		const at = locate(nodeId, called);
		setText(this.#name, at.name ?? this.#text('goneNode'));
		this.#name.disabled = at.node === undefined;
		setText(this.#flow, [at.flow, called ?? shortId(targetId)].filter(Boolean).join(' · '));
		this.#flow.title = [at.flow, called, targetId].filter(Boolean).join('\n');
	}

	#showTexts(): void {
		const { topic, about, outcome, reason = '', text = '' } = this.#job;
		setText(this.#about, [topic, about].filter(Boolean).join(' · '));
		this.#about.title = [topic, about].filter(Boolean).join('\n');
		this.#about.hidden = this.#about.textContent === '';
		const failed = outcome !== undefined && !/^(succeeded|run_canceled)$/.test(outcome);
		const told = failed ? reason : text;
		setText(this.#told, told);
		this.#told.title = told;
		this.#told.hidden = told === '';
		this.element.classList.toggle('runcomfy-job-tells', told !== '');
	}

	#showState(now: number): void {
		const { shape, fill, text } = jobAppearance(this.#job, now, this.#options.translate);
		this.#dot.className = `runcomfy-job-dot runcomfy-job-${shape}`;
		this.#dot.style.color = `var(--red-ui-node-status-colors-${fill})`;
		setText(this.#state, text);
		this.#state.title = [text, this.#job.requestId].filter(Boolean).join('\n');
	}

	#showAge(now: number): void {
		const { translate, language } = this.#options;
		const { state, arrivedAt, endedAt: since = arrivedAt } = this.#job;
		const ms = Math.max(0, now - since);
		setText(this.#age, state === 'ended' ? writeAgo(ms, language) : duration(ms, translate));
		this.#age.title = new Date(since).toLocaleString(language);
	}

	#showActions(): void {
		const { requestId, cancelable } = this.#job;
		const allowed = this.#options.mayWrite();
		this.#copy.disabled = requestId === undefined;
		this.#cancel.disabled = !cancelable || !allowed;
		label(this.#cancel, this.#text(allowed ? 'cancel' : 'mayNotCancel'));
	}

	#text(key: string): string {
		return this.#options.translate(`runcomfy-jobs.${key}`);
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
