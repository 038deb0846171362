// A real n8n with the packed package, started for the tests of one `describe`; its API and its editor.
import { after, before } from 'node:test';
import { freePort } from '../../../scripts/free-port.mjs';
import { startChatModel } from '../../../scripts/hosts/chat-model.mjs';
import { OWNER, startN8n } from '../../../scripts/hosts/n8n.mjs';
import { requireHosts } from '../../../scripts/hosts/setup.mjs';
import { PACKED } from '../../../scripts/package.mjs';
import { temporaryFolder, until } from '../../../scripts/process.mjs';
import { loadSimulator } from '../../../scripts/root.mjs';
import { CREDENTIAL, MODEL_CREDENTIAL } from '../../../scripts/workflows.mjs';
import { openBrowser } from './browser.mjs';

/**
 * @typedef {object} Rig
 * @property {any} simulator
 * @property {Awaited<ReturnType<typeof startChatModel>>} chatModel the stand-in for an agent's model
 * @property {string} url
 * @property {Awaited<ReturnType<typeof startN8n>>} n8n
 * @property {ReturnType<typeof executionsOf>} executions
 */

/**
 * Returns an object that is filled before the first test.
 * @param {object} options
 * @param {(rig: Rig) => object[]} options.workflows imported before the start
 * @param {(rig: Rig) => Promise<{env?: NodeJS.ProcessEnv, credentials?: object[]}>} [options.prepare] more settings for
 * n8n
 * @param {object} [options.simulator] options of the simulator
 * @returns {Rig}
 */
export function useN8n({ workflows, prepare = async () => ({}), simulator: options }) {
	const rig = /** @type {Rig} */ ({});
	/** @type {ReturnType<typeof temporaryFolder>} */
	let place;
	before(async () => {
		place = temporaryFolder('runcomfy-n8n-');
		rig.simulator = await loadSimulator().createSimulator(options);
		rig.chatModel = await startChatModel();
		const { env, credentials = [] } = await prepare(rig);
		const port = await freePort();
		rig.url = `http://127.0.0.1:${port}`;
		rig.n8n = await startN8n({
			dir: place.folder,
			port,
			tarball: PACKED.n8n,
			env,
			credentials: [
				{ ...CREDENTIAL, data: accountOf(rig.simulator) },
				{ ...MODEL_CREDENTIAL, data: { apiKey: 'not-checked', url: rig.chatModel.url } },
				...credentials,
			],
			workflows: workflows(rig),
		});
		rig.executions = executionsOf(rig.n8n);
	});
	after(async () => {
		await rig.n8n?.service.stop('SIGINT', 10_000);
		await rig.chatModel?.close();
		await rig.simulator?.close();
		place?.remove();
	});
	return rig;
}

/** The fields of a credential for the simulator. */
export const accountOf = ({ token, url }, apiToken = token) => ({
	apiToken,
	baseUrl: url,
});

/**
 * A workflow of nodes in a row; ours use the account.
 * @param {string} id
 * @param {{name: string, type: string}[]} nodes in which they differ from new ones
 */
export function chain(id, nodes) {
	const placed = nodes.map((node, at) => ({
		id: `${id}-${at}`,
		typeVersion: 1,
		position: [220 * at, 0],
		parameters: {},
		...(node.type === RUNCOMFY && {
			credentials: { [CREDENTIAL.type]: { id: CREDENTIAL.id, name: CREDENTIAL.name } },
		}),
		...node,
	}));
	const connections = Object.fromEntries(
		placed.slice(1).map(({ name }, at) => [placed[at].name, { main: [[linkTo(name)]] }]),
	);
	return { id, name: id, nodes: placed, connections, settings: { executionOrder: 'v1' } };
}

const linkTo = (node) => ({ node, type: 'main', index: 0 });

export const RUNCOMFY = 'n8n-nodes-runcomfy.runComfy';

/** A node that is started by hand. */
export const START = { name: 'Start', type: 'n8n-nodes-base.manualTrigger' };

/** A resource locator's value. */
export const byId = (value) => ({ __rl: true, mode: 'id', value });

/** Runs workflows, and reads each node's output. @param {{url: string, cookie: string, rest: Function}} n8n */
export function executionsOf({ url, cookie, rest }) {
	const flatted = requireHosts('flatted');

	/** Runs a workflow like the editor's button. `change` edits a copy of the workflow, which is run instead. */
	async function run(workflowId, change) {
		return ended(await start(workflowId, change));
	}

	async function start(workflowId, change) {
		const found = await rest('GET', `/rest/workflows/${workflowId}`);
		const workflowData = change ? await changed(found, change) : found;
		const trigger = workflowData.nodes.find(({ type }) => /trigger$/i.test(type));
		const { executionId } = await rest('POST', `/rest/workflows/${workflowData.id}/run`, {
			workflowData,
			triggerToStartFrom: { name: trigger.name },
		});
		return executionId;
	}

	// n8n runs the saved workflow, whatever the call contains.
	function changed({ name, nodes, connections, settings }, change) {
		const copy = structuredClone({ name: `${name} (changed)`, nodes, connections, settings });
		change(copy);
		return rest('POST', '/rest/workflows', copy);
	}

	const find = (executionId) => rest('GET', `/rest/executions/${executionId}`);

	async function ended(executionId, withinMs = 60_000) {
		const execution = await until(
			`execution ${executionId} has ended`,
			async () => {
				const found = await find(executionId);
				return !['new', 'running', 'waiting'].includes(found.status) && found;
			},
			withinMs,
		);
		const { resultData } = flatted.parse(execution.data);
		return {
			status: execution.status,
			error: resultData.error,
			/** Items of a node's last run; none if the node did not run. */
			items: (node, output = 0) => resultData.runData[node]?.at(-1)?.data?.main?.[output] ?? [],
			ran: (node) => node in resultData.runData,
		};
	}

	/** Activates a workflow's webhooks and forms. Resolves before they answer. */
	async function activate(workflowId) {
		const { versionId } = await rest('GET', `/rest/workflows/${workflowId}`);
		await rest('POST', `/rest/workflows/${workflowId}/activate`, { versionId });
	}

	/** Executions of a workflow, the latest first. */
	async function list(workflowId) {
		const filter = encodeURIComponent(JSON.stringify({ workflowId }));
		return (await rest('GET', `/rest/executions?limit=100&filter=${filter}`)).results;
	}

	async function latestOf(workflowId) {
		const [{ id }] = await list(workflowId);
		return ended(id);
	}

	/** The bytes that n8n stored for a binary field. */
	async function file(item) {
		const query = new URLSearchParams({ id: item.binary.data.id, action: 'download' });
		const reply = await fetch(`${url}/rest/binary-data?${query}`, { headers: { cookie } });
		if (!reply.ok) throw new Error(`binary data: HTTP ${reply.status}`);
		return Buffer.from(await reply.arrayBuffer());
	}

	return { run, start, find, ended, activate, list, latestOf, file };
}

/** A browser that is signed in, with the actions of a user in the editor. */
export async function openEditor(url) {
	const browser = await openBrowser();
	const { page } = browser;
	await page.goto(`${url}/signin`);
	await page.fill('input[name=emailOrLdapLoginId]', OWNER.email);
	await page.fill('input[type=password]', OWNER.password);
	await page.click('[data-test-id=form-submit-button]');
	await page.waitForURL((to) => !String(to).includes('signin'));
	return {
		...browser,
		async openWorkflow(id) {
			await page.goto(`${url}/workflow/${id}`);
			await page.waitForSelector('[data-test-id=canvas-node]');
			// The canvas moves until the workflow fits.
			await page.waitForTimeout(1_000);
		},
		async newWorkflow() {
			await page.goto(`${url}/workflow/new`);
			await page.waitForSelector('[data-test-id=canvas-add-button]');
			await page.waitForTimeout(1_000);
		},
		/** Adds a node behind the only one, or the first one, and opens it. @param {string[]} entries clicked in turn */
		async addNode(typed, ...entries) {
			await page.click(
				'[data-test-id=canvas-add-button] button, [data-test-id=canvas-handle-plus]',
			);
			await page.fill('[data-test-id=node-creator-search-bar]', typed);
			for (const entry of entries) await page.getByText(entry, { exact: true }).click();
		},
		/** A screenshot of the canvas, cropped to its contents. */
		async canvasPicture(name) {
			const buttons = '.vue-flow__panel, [data-test-id*=execute-workflow-button]';
			await page.addStyleTag({ content: `${buttons} { visibility: hidden !important }` });
			const clip = await page.locator('.vue-flow__node').evaluateAll((nodes) => {
				const boxes = nodes.map((node) => node.getBoundingClientRect());
				const [left, top] = [boxes.map(({ x }) => x), boxes.map(({ y }) => y)];
				const [right, bottom] = [boxes.map((box) => box.right), boxes.map((box) => box.bottom)];
				const [x, y] = [Math.min(...left) - 30, Math.min(...top) - 15];
				return { x, y, width: Math.max(...right) - x + 75, height: Math.max(...bottom) - y + 60 };
			});
			await browser.picture(name, {
				screenshot: (options) => page.screenshot({ ...options, clip }),
			});
		},
		async openNode(name) {
			await page.dblclick(`[data-test-id=canvas-node][data-node-name="${name}"]`);
			await page.waitForSelector('[data-test-id=node-execute-button]');
			await page.waitForTimeout(500);
		},
		/** Opens the list of a resource locator. @returns its entries with this text */
		async listOf(parameter, entry, typed) {
			const field = page.locator(`[data-test-id="resource-locator-${parameter}"] input`).last();
			await field.click();
			if (typed) await field.fill(typed);
			const found = page.locator('[data-test-id=rlc-item]', { hasText: entry });
			await found.first().waitFor();
			return found;
		},
		/** Fills a field of the form, found by its label, once it appears. */
		async fill(label, text) {
			const field = page
				.locator('[data-test-id="parameter-item"], .parameter-item', { hasText: label })
				.last()
				.locator('input, textarea')
				.first();
			await field.waitFor();
			await field.fill(text);
			await field.blur();
			await page.waitForTimeout(500);
		},
	};
}
