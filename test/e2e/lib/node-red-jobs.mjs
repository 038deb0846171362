// The sidebar "RunComfy jobs" as a user sees and uses it.
import { button, onTab, tabAndAccount } from './node-red.mjs';

/**
 * Flows with run nodes and a button for each.
 * @param {{url: string, token: string, deploymentIds: Record<string, string>}} simulator
 * @param {{once?: boolean}} [options] whether each button fires once at the start
 */
export function flowsOf(simulator, { once = false } = {}) {
	const { textToImage, video } = simulator.deploymentIds;
	const [, account] = tabAndAccount(simulator);
	const on = (z, ...nodes) => onTab(nodes.map((node) => ({ z, ...node })));
	const press = (id, next = `run_${id}`) => ({
		...button(`press_${id}`, next),
		once,
		onceDelay: 0.1,
	});
	const run = (id, name, deploymentId = textToImage) => ({
		id: `run_${id}`,
		type: 'runcomfy-run',
		name,
		deploymentId,
		deploymentIdType: 'str',
		overridesType: 'json',
		overrides: JSON.stringify({
			6: { inputs: { text: name } },
			31: { inputs: { seed: name.length } },
		}),
		output: 'files',
	});
	return [
		{ id: 'tab_pictures', type: 'tab', label: 'Pictures' },
		{ id: 'tab_more', type: 'tab', label: 'More' },
		{ id: 'tab_clips', type: 'tab', label: 'Clips' },
		{ ...account, concurrency: 10 },
		...on('tab_pictures', press('fox'), run('fox', 'Fox')),
		...on('tab_more', press('harbour'), run('harbour', 'Harbour at dawn')),
		...on(
			'tab_clips',
			...[press('clip'), run('clip', 'Clip', video), press('portrait', 'portraits')],
			{ id: 'portraits', type: 'subflow:portrait', name: 'Portraits', wires: [] },
		),
		{
			id: 'portrait',
			type: 'subflow',
			name: 'Portrait',
			info: '',
			out: [],
			in: [{ x: 60, y: 100, wires: [{ id: 'run_gone' }] }],
		},
		...on('portrait', run('gone', 'Gone', 'deleted')),
	];
}

/** The contents of the job sidebar of an editor. */
export function jobsOf({ page, context }) {
	let requests = 0;
	page.on('request', (request) => {
		if (request.url().includes('/runcomfy/jobs')) requests += 1;
	});

	return {
		/** Number of requests for jobs to the runtime so far. */
		requests: () => requests,
		/** Opens the sidebar with the action that is also in the menu. */
		open: () => page.evaluate(() => globalThis.RED.actions.invoke('runcomfy:show-jobs-tab')),
		rows: () =>
			page.$$eval('.runcomfy-job[data-job]', (elements) =>
				elements.map((element) => {
					const text = (name) => element.querySelector(`.runcomfy-job-${name}`)?.textContent;
					return {
						job: element.dataset.job,
						name: text('name'),
						// The deployment follows.
						flow: text('flow')?.split(' · ')[0],
						state: text('text'),
						thumbnail: element.querySelector('img')?.naturalWidth > 0,
						sign: /fa-([a-z-]+)/.exec(
							element.querySelector('.runcomfy-job-result i')?.className,
						)?.[1],
						ended: element.classList.contains('runcomfy-job-ended'),
					};
				}),
			),
		/** The topmost row of a node. */
		row: (name) => page.locator('.runcomfy-job[data-job]').filter({ hasText: name }).first(),
		press: (name) => page.locator('.runcomfy-jobs').getByRole('button', { name }).click(),
		selection: () =>
			page.evaluate(() => ({
				flow: globalThis.RED.workspaces.active(),
				nodes: (globalThis.RED.view.selection().nodes ?? []).map(({ id }) => id),
			})),
		async copyFrom(row) {
			await context.grantPermissions(['clipboard-read', 'clipboard-write']);
			await row.getByRole('button', { name: 'Copy the request id' }).click();
			return page.evaluate(() => navigator.clipboard.readText());
		},
		/** The name of the focused element. */
		focused: () =>
			page.evaluate(() => {
				const { activeElement } = document;
				return activeElement?.getAttribute('aria-label') ?? activeElement?.textContent?.trim();
			}),
	};
}
