import type { JobList, RunView } from '../../../contract/jobs.ts';
import type { Translate } from '../../../contract/states.ts';
import { arrange, h, setText } from './dom.mts';
import { editor } from './editorApi.mts';
import { locate } from './location.mts';
import { Row, type RowOptions } from './row.mts';

const COLUMNS = ['result', 'node', 'age', 'about', 'state', 'flow', 'actions'];

/** Milliseconds between two updates of times: while jobs run, and while only ages change. */
const TICK_MS = 1_000;
const SLOW_TICK_MS = 30_000;

interface Options {
	translate: Translate;
	row: RowOptions;
	/** Whether only jobs of the current flow are shown; stored in this browser. */
	currentFlow: boolean;
	onChoice: (currentFlow: boolean) => void;
}

/** The contents of the tab: the filter, and a row per job. */
export class Panel {
	readonly element: HTMLElement;
	readonly #options: Options;
	#currentFlow: boolean;
	#list: JobList = { now: Date.now(), jobs: [], more: 0 };
	/** Milliseconds by which the runtime's clock is ahead of the browser's. */
	#ahead = 0;
	#loaded = false;
	#visible = false;
	#timer: ReturnType<typeof setTimeout> | undefined;
	readonly #rows = new Map<string, Row>();
	readonly #all: HTMLButtonElement;
	readonly #current: HTMLButtonElement;
	readonly #problem = h('div', { class: 'runcomfy-jobs-problem', role: 'alert' });
	readonly #unprotected = h('div', { class: 'runcomfy-jobs-unprotected', role: 'status' });
	readonly #empty = h('div', { class: 'runcomfy-jobs-empty' });
	readonly #more = h('div', { class: 'runcomfy-jobs-more' });
	readonly #body = h('div', { role: 'rowgroup' });
	readonly #table = h('div', { role: 'table' });

	constructor(options: Options) {
		this.#options = options;
		this.#currentFlow = options.currentFlow;
		this.#all = filterButton(this.#text('all'));
		this.#current = filterButton(this.#text('current'));
		const names = h('div', { class: 'runcomfy-job runcomfy-jobs-names', role: 'row' });
		for (const column of COLUMNS) {
			const attributes = { class: `runcomfy-job-${column}`, role: 'columnheader' };
			names.append(h('div', attributes, this.#text(`column.${column}`)));
		}
		this.#table.setAttribute('aria-label', this.#text('name'));
		this.#table.append(names, this.#body);
		const parts = [this.#problem, this.#unprotected, this.#table, this.#empty, this.#more];
		for (const part of parts) part.hidden = true;
		this.element = h(
			'div',
			{ class: 'runcomfy-jobs' },
			h(
				'div',
				{ class: 'red-ui-sidebar-header' },
				h('span', { class: 'button-group' }, this.#all, this.#current),
			),
			h('div', { class: 'runcomfy-jobs-list' }, ...parts),
		);
		this.#all.addEventListener('click', () => this.#choose(false));
		this.#current.addEventListener('click', () => this.#choose(true));
	}

	show(list: JobList): void {
		this.#list = list;
		this.#ahead = list.now - Date.now();
		this.#loaded = true;
		this.#problem.hidden = true;
		this.#unprotected.hidden = list.unprotected === undefined;
		setText(this.#unprotected, this.#text('unprotected', { reason: list.unprotected ?? '' }));
		this.#render();
	}

	showError(message: string): void {
		setText(this.#problem, message);
		this.#problem.hidden = false;
	}

	/** Starts and stops the clock with the tab's visibility. */
	setVisible(visible: boolean): void {
		this.#visible = visible;
		if (visible) this.#render();
		else clearTimeout(this.#timer);
	}

	/** Call this when nodes, flows or permissions have changed. */
	refresh(): void {
		if (this.#visible) this.#render();
	}

	#choose(currentFlow: boolean): void {
		this.#currentFlow = currentFlow;
		this.#options.onChoice(currentFlow);
		this.#render();
	}

	#render(): void {
		clearTimeout(this.#timer);
		const now = Date.now() + this.#ahead;
		const flow = editor().workspaces.active();
		const jobs = this.#list.jobs.filter((job) => this.#isShown(job, flow));
		this.#dropRows(new Set(jobs.map(({ job }) => job)));
		const elements = jobs.map((job) => {
			const row = this.#rowOf(job);
			row.update(job, now);
			return row.element;
		});
		arrange(this.#body, elements);
		const { jobs: all, more } = this.#list;
		this.#table.hidden = jobs.length === 0;
		this.#empty.hidden = jobs.length > 0 || !this.#loaded;
		setText(this.#empty, this.#text(all.length > 0 ? 'emptyFlow' : 'empty'));
		this.#more.hidden = more === 0;
		setText(this.#more, this.#text('more', { n: more }));
		press(this.#all, !this.#currentFlow);
		press(this.#current, this.#currentFlow);
		if (!this.#visible || jobs.length === 0) return;
		const goesOn = jobs.some(({ state }) => state !== 'ended');
		this.#timer = setTimeout(() => this.#render(), goesOn ? TICK_MS : SLOW_TICK_MS);
	}

	#isShown({ nodeId }: RunView, flow: string): boolean {
		return !this.#currentFlow || locate(nodeId).flows.includes(flow);
	}

	#dropRows(shown: ReadonlySet<string>): void {
		for (const job of this.#rows.keys()) if (!shown.has(job)) this.#rows.delete(job);
	}

	#rowOf(job: RunView): Row {
		const row = this.#rows.get(job.job) ?? new Row(job, this.#options.row);
		this.#rows.set(job.job, row);
		return row;
	}

	#text(key: string, values?: Record<string, string | number>): string {
		return this.#options.translate(`runcomfy-jobs.${key}`, values);
	}
}

function filterButton(name: string): HTMLButtonElement {
	return h('button', { type: 'button', class: 'red-ui-sidebar-header-button-toggle' }, name);
}

function press(button: HTMLButtonElement, pressed: boolean): void {
	button.classList.toggle('selected', pressed);
	button.setAttribute('aria-pressed', String(pressed));
}
