import type { JobList, JobView } from '../../../contract/jobs.cts';
import type { Translate } from '../../../contract/states.cts';
import { arrange, h, icon, setText } from './dom.mts';
import { editor } from './host.mts';
import { placeOf } from './place.mts';
import { createRow, type Row, type RowOptions } from './row.mts';
import type { createThumbnails } from './thumbnails.mts';

/** What one user has chosen, in this browser. */
export interface Choices {
	currentFlow: boolean;
	/** Jobs that had ended by then are not shown; milliseconds since the epoch, by the runtime's clock. */
	clearedAt: number;
}

const COLUMNS = ['result', 'node', 'age', 'about', 'state', 'flow', 'actions'];

/** Milliseconds between two looks at the clock: while jobs go on, and while only ages change. */
const TICK_MS = 1_000;
const SLOW_TICK_MS = 30_000;

export function createPanel(options: {
	translate: Translate;
	row: RowOptions;
	thumbnails: ReturnType<typeof createThumbnails>;
	choices: Choices;
	onChoice: (choices: Choices) => void;
}) {
	const { translate, thumbnails } = options;
	const text = (key: string, values?: Record<string, string | number>) =>
		translate(`runcomfy-jobs.${key}`, values);
	let { choices } = options;
	let list: JobList = { now: Date.now(), jobs: [], more: 0 };
	/** Milliseconds by which the runtime's clock is ahead of this one. */
	let ahead = 0;
	let loaded = false;
	let visible = false;
	let timer: ReturnType<typeof setTimeout> | undefined;
	const rows = new Map<string, Row>();

	const all = filterButton(text('all'));
	const current = filterButton(text('current'));
	const clear = h('button', { type: 'button', class: 'red-ui-sidebar-header-button' });
	clear.append(icon('trash'), ` ${text('clear')}`);
	editor().popover.tooltip($(clear), text('clearTip'));
	const group = (...buttons: Node[]) => h('span', { class: 'button-group' }, ...buttons);
	const header = h('div', { class: 'red-ui-sidebar-header' }, group(all, current), group(clear));

	const problem = h('div', { class: 'runcomfy-jobs-problem', role: 'alert' });
	const unprotected = h('div', { class: 'runcomfy-jobs-unprotected', role: 'status' });
	const empty = h('div', { class: 'runcomfy-jobs-empty' });
	const more = h('div', { class: 'runcomfy-jobs-more' });
	const names = h('div', { class: 'runcomfy-job runcomfy-jobs-names', role: 'row' });
	for (const column of COLUMNS) {
		const attributes = { class: `runcomfy-job-${column}`, role: 'columnheader' };
		names.append(h('div', attributes, text(`column.${column}`)));
	}
	const body = h('div', { role: 'rowgroup' });
	const table = h('div', { role: 'table', 'aria-label': text('name') }, names, body);
	const content = h(
		'div',
		{ class: 'runcomfy-jobs-list' },
		problem,
		unprotected,
		table,
		empty,
		more,
	);
	const element = h('div', { class: 'runcomfy-jobs' }, header, content);

	const choose = (changes: Partial<Choices>) => {
		choices = { ...choices, ...changes };
		options.onChoice(choices);
		render();
	};
	all.addEventListener('click', () => choose({ currentFlow: false }));
	current.addEventListener('click', () => choose({ currentFlow: true }));
	clear.addEventListener('click', () => {
		choose({ clearedAt: Math.max(...list.jobs.map(({ endedAt = 0 }) => endedAt)) });
	});

	const isShown = ({ endedAt = Infinity, nodeId }: JobView, flow: string) =>
		endedAt > choices.clearedAt && (!choices.currentFlow || placeOf(nodeId).flows.includes(flow));

	const rowOf = (job: JobView): Row => {
		const known = rows.get(job.job);
		if (known) return known;
		const row = createRow(job, options.row);
		rows.set(job.job, row);
		return row;
	};

	const wantPicture = ({ job, thumbnail }: JobView, row: Row) => {
		if (!thumbnail || row.element.dataset['picture']) return;
		row.element.dataset['picture'] = 'wanted';
		thumbnails.want(row.element, job, (picture) => row.show(picture));
	};

	function render(): void {
		clearTimeout(timer);
		const now = Date.now() + ahead;
		const jobs = list.jobs.filter((job) => isShown(job, editor().workspaces.active()));
		const shown = new Set(jobs.map(({ job }) => job));
		for (const [job, { element: gone }] of rows) {
			if (shown.has(job)) continue;
			rows.delete(job);
			thumbnails.forget(gone);
		}
		const elements = jobs.map((job) => {
			const row = rowOf(job);
			row.update(job, now);
			wantPicture(job, row);
			return row.element;
		});
		arrange(body, elements);
		table.hidden = jobs.length === 0;
		empty.hidden = jobs.length > 0 || !loaded;
		setText(empty, text(list.jobs.length > 0 && choices.currentFlow ? 'emptyFlow' : 'empty'));
		more.hidden = list.more === 0;
		setText(more, text('more', { n: list.more }));
		press(all, !choices.currentFlow);
		press(current, choices.currentFlow);
		clear.disabled = !jobs.some(({ state }) => state === 'ended');
		const goesOn = jobs.some(({ state }) => state !== 'ended');
		if (visible && jobs.length > 0) timer = setTimeout(render, goesOn ? TICK_MS : SLOW_TICK_MS);
	}

	for (const part of [problem, unprotected, table, empty, more]) part.hidden = true;
	return {
		element,
		show(next: JobList) {
			list = next;
			ahead = next.now - Date.now();
			loaded = true;
			problem.hidden = true;
			unprotected.hidden = next.unprotected === undefined;
			setText(unprotected, text('unprotected', { reason: next.unprotected ?? '' }));
			render();
		},
		showError(message: string) {
			setText(problem, message);
			problem.hidden = false;
		},
		/** Whether it is seen: only then does time go on in it. */
		watch(next: boolean) {
			visible = next;
			if (visible) render();
			else clearTimeout(timer);
		},
		/** Something changed outside of it: nodes, flows, permissions. */
		refresh() {
			if (visible) render();
		},
	};
}

function filterButton(name: string): HTMLButtonElement {
	return h('button', { type: 'button', class: 'red-ui-sidebar-header-button-toggle' }, name);
}

function press(button: HTMLButtonElement, pressed: boolean): void {
	button.classList.toggle('selected', pressed);
	button.setAttribute('aria-pressed', String(pressed));
}
