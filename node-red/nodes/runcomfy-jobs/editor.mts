import './sidebar/editor.css';
import { NOTICE_TOPIC } from '../../contract/jobs.ts';
import type { Translate } from '../../contract/states.ts';
import { editor } from './sidebar/editorApi.mts';
import { Panel } from './sidebar/panel.mts';
import { createFeed, loadJobs, requestCancel, RequestError } from './sidebar/requests.mts';
import type { RowOptions } from './sidebar/row.mts';

const TAB = 'runcomfy-jobs';
const ACTION = 'runcomfy:show-jobs-tab';
const CURRENT_FLOW = 'runcomfy-jobs-current-flow';

/** The plugin as the editor passes it, with the texts of its own catalogue. */
interface Plugin {
	_: Translate;
}

RED.plugins.registerPlugin(TAB, {
	onadd(this: Plugin) {
		addTab((key, values) => this._(key, values));
	},
} as Parameters<typeof RED.plugins.registerPlugin>[1]);

function addTab(translate: Translate): void {
	const text: Translate = (key, values) => translate(`runcomfy-jobs.${key}`, values);
	const { actions, comms, events, i18n, settings, sidebar, user } = editor();
	const mayWrite = () => user.hasPermission('runcomfy-jobs.write');

	const panel: Panel = new Panel({
		translate,
		row: {
			translate,
			language: i18n.lang(),
			mayWrite,
			...actionsOf(text, () => feed.stale()),
		},
		currentFlow: settings.getLocal(CURRENT_FLOW) === 'true',
		onChoice: (currentFlow) => settings.setLocal(CURRENT_FLOW, String(currentFlow)),
	});
	const feed = createFeed({
		load: () => loadJobs(mayWrite()),
		onLoaded: (list) => panel.show(list),
		onFailed: (error) => panel.showError(text('loadFailed', { reason: reasonOf(error) })),
	});

	// Subscribes once per page load: the editor renews subscriptions after a reconnect, and the feed then loads what it
	// missed.
	comms.subscribe(NOTICE_TOPIC, () => feed.stale());
	comms.on('connect', () => feed.stale());
	events.on('login', () => feed.stale());
	for (const event of ['workspace:change', 'flows:change', 'nodes:change', 'nodes:remove']) {
		events.on(event, () => panel.refresh());
	}
	watchVisibility(panel.element, (visible) => {
		panel.setVisible(visible);
		feed.setVisible(visible);
	});

	sidebar.addTab({
		id: TAB,
		name: text('name'),
		label: text('label'),
		action: ACTION,
		content: panel.element,
		iconClass: 'fa fa-tasks',
		enableOnEdit: true,
		pinned: true,
	});
	actions.add(ACTION, () => sidebar.show(TAB));
}

type Actions = Pick<RowOptions, 'onCancel' | 'onCopy'>;

/** The click handlers of a row's buttons. */
function actionsOf(text: Translate, onRefused: () => void): Actions {
	const { clipboard, notify } = editor();
	return {
		onCancel({ job }) {
			requestCancel(job).catch((error: unknown) => {
				// The job has just ended; the list will show that without an error.
				const over = error instanceof RequestError && error.status === 409;
				if (!over) notify(text('cancelFailed', { reason: reasonOf(error) }), 'error');
				onRefused();
			});
		},
		onCopy: (id, button) => clipboard.copyText(id, $(button), text('copied')),
	};
}

/**
 * Tracks whether the tab is visible. Node-RED sends no event when another tab takes its place, the sidebar closes or,
 * in Node-RED 5, the tab moves to the other side.
 */
function watchVisibility(element: HTMLElement, listener: (visible: boolean) => void): void {
	let inView = false;
	const tell = () => listener(inView && !document.hidden);
	new IntersectionObserver((entries) => {
		inView = entries.at(-1)?.isIntersecting ?? false;
		tell();
	}).observe(element);
	document.addEventListener('visibilitychange', tell);
}

function reasonOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
