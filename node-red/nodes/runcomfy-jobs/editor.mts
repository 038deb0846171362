import './sidebar/editor.css';
import { NOTICE_TOPIC } from '../../contract/jobs.ts';
import type { Translate } from '../../contract/states.ts';
import { editor } from './sidebar/editorApi.mts';
import { createNames } from './sidebar/location.mts';
import { type Choices, Panel } from './sidebar/panel.mts';
import {
	createFeed,
	loadAddress,
	loadDeployments,
	loadJobs,
	loadPicture,
	requestCancel,
	RequestError,
} from './sidebar/requests.mts';
import type { RowOptions } from './sidebar/row.mts';
import { createThumbnails } from './sidebar/thumbnails.mts';

const TAB = 'runcomfy-jobs';
const ACTION = 'runcomfy:show-jobs-tab';
const CHOICES = 'runcomfy-jobs-choices';

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

	const panel: Panel = new Panel({
		translate,
		row: {
			translate,
			findName: createNames(loadDeployments, () => panel.refresh()),
			language: i18n.lang(),
			mayWrite: () => user.hasPermission('runcomfy-jobs.write'),
			...actionsOf(text, () => feed.stale()),
		},
		thumbnails: createThumbnails(loadPicture),
		choices: readStoredChoices(settings.getLocal(CHOICES)),
		onChoice: (choices) => settings.setLocal(CHOICES, JSON.stringify(choices)),
	});
	const feed = createFeed({
		load: loadJobs,
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

type Actions = Pick<RowOptions, 'onCancel' | 'onCopy' | 'onCopyAddress' | 'onOpen'>;

/** The click handlers of a row's buttons. */
function actionsOf(text: Translate, onRefused: () => void): Actions {
	const tell = (key: string, error: unknown) =>
		editor().notify(text(key, { reason: reasonOf(error) }), 'error');
	const copy = (value: string, button: HTMLElement) =>
		editor().clipboard.copyText(value, $(button), text('copied'));
	const withAddress = async (job: string, use: (address: string) => void) => {
		try {
			use(await loadAddress(job));
		} catch (error) {
			tell('openFailed', error);
			throw error;
		}
	};
	return {
		onCancel({ job }) {
			requestCancel(job).catch((error: unknown) => {
				// The job has just ended; the list will show that without an error.
				const over = error instanceof RequestError && error.status === 409;
				if (!over) tell('cancelFailed', error);
				onRefused();
			});
		},
		onCopy: copy,
		onOpen({ job }) {
			// Opens the window before its address is known: browsers allow pop-ups only during the click itself.
			const page = window.open('', '_blank');
			if (page) page.opener = null;
			withAddress(job, (address) => page?.location.replace(address)).catch(() => page?.close());
		},
		onCopyAddress({ job }, button) {
			withAddress(job, (address) => copy(address, button)).catch(() => undefined);
		},
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

function readStoredChoices(stored: unknown): Choices {
	try {
		const { currentFlow, clearedAt } = JSON.parse(String(stored)) as Partial<Choices>;
		return { currentFlow: currentFlow === true, clearedAt: Number(clearedAt) || 0 };
	} catch {
		return { currentFlow: false, clearedAt: 0 };
	}
}

function reasonOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
