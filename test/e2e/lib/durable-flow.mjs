// A flow of several tabs whose messages say how they ended, and random edits of it.

/** The Function nodes of the flow print this before a line of JSON. */
export const END = 'END ';

const TABS = ['a', 'b', 'c', 'd'];

/** The run node of this tab is deleted and put back, which cancels its runs. */
export const VOLATILE = 'd';

/** The run nodes of these tabs stay. */
export const STEADY = TABS.filter((tab) => tab !== VOLATILE);

/**
 * @param {object} options
 * @param {{url: string, deploymentIds: {textToImage: string}}} options.simulator
 * @param {object} [options.config] more fields of the account
 * @param {object} [options.run] more fields of every run node
 */
export function createDurableFlow({ simulator, config = {}, run = {} }) {
	/** Counts the edits of each part, since a changed number makes a changed node. */
	const edits = {};
	const state = { wired: false, deleted: false, disabled: false, extra: 0 };
	const name = (part) => `${part} ${edits[part] ?? 0}`;

	const report = (how, z) => ({
		id: `${how}-${z}`,
		type: 'function',
		name: name(`${how}-${z}`),
		z,
		x: 500,
		y: 100,
		wires: [],
		outputs: 0,
		func: `node.warn('${END}' + JSON.stringify({ how: '${how}', id: msg.topic,
			requestId: msg.requestId, resumed: msg.runcomfy?.resumed }));`,
	});
	const listen = (type, z, wires) => ({
		id: `${type}-${z}`,
		type,
		name: name(`${type}-${z}`),
		z,
		x: 100,
		y: 200,
		wires,
		scope: [`run-${z}`],
	});

	function tab(z) {
		const place = { z, x: 100, y: 100 };
		const runNode = {
			id: `run-${z}`,
			type: 'runcomfy-run',
			name: name(`run-${z}`),
			...place,
			config: 'cfg',
			deploymentId: simulator.deploymentIds.textToImage,
			deploymentIdType: 'str',
			...run,
			overrides: 'overrides',
			overridesType: 'msg',
			wires: [[`sent-${z}`, ...(state.wired ? [`spare-${z}`] : [])]],
		};
		return [
			{ id: z, type: 'tab', label: name(`tab-${z}`) },
			{ id: `press-${z}`, type: 'inject', ...place, props: [], wires: [[`make-${z}`]] },
			{
				id: `make-${z}`,
				type: 'function',
				name: name(`make-${z}`),
				...place,
				outputs: 1,
				func: `return [msg.ids.map((id) => ({ topic: id,
					overrides: { 6: { inputs: { text: id } } } }))];`,
				wires: [[`run-${z}`]],
			},
			...(z === VOLATILE && state.deleted ? [] : [runNode]),
			report('sent', z),
			{ id: `slow-${z}`, type: 'slow-close', name: name(`slow-${z}`), ...place, ms: 20, wires: [] },
			{ id: `spare-${z}`, type: 'junction', ...place, wires: [[]] },
			// At this point the error has arrived. What a Catch node does with it is not our concern.
			listen('catch', z, [[]]),
			listen('complete', z, [[`completed-${z}`]]),
			report('completed', z),
		];
	}

	const bump = (part) => {
		edits[part] = (edits[part] ?? 0) + 1;
	};
	const onTab =
		(...kinds) =>
		({ pick }) =>
			bump(`${pick(kinds)}-${pick(TABS)}`);

	/** What a person may change before a deploy. */
	const EDITS = [
		onTab('run'),
		onTab('run', 'sent', 'make'),
		onTab('sent', 'completed', 'catch', 'complete'),
		onTab('slow'),
		onTab('tab'),
		() => bump('config'),
		() => bump('global'),
		() => void (state.wired = !state.wired),
		() => void (state.deleted = !state.deleted),
		() => void (state.disabled = !state.disabled),
		() => void (state.extra = (state.extra + 1) % 3),
		() => undefined,
	];

	return {
		/** The flow in its present state. Pass `token` once, as the editor does. */
		nodes: (token) => [
			{
				id: 'cfg',
				type: 'runcomfy-config',
				name: name('config'),
				baseUrl: simulator.url,
				concurrency: 100,
				...config,
				...(token && { credentials: { apiToken: token } }),
			},
			{
				id: 'variables',
				type: 'global-config',
				name: '',
				modules: {},
				env: [{ name: 'EDITS', value: String(edits['global'] ?? 0), type: 'str' }],
			},
			...TABS.flatMap(tab),
			{ id: 'other', type: 'tab', label: 'other', disabled: state.disabled },
			{ id: 'note', type: 'comment', z: 'other', x: 100, y: 100, wires: [] },
			...Array.from({ length: state.extra }, (_, at) => ({
				id: `extra-${at}`,
				type: 'tab',
				label: 'extra',
			})),
		],
		/** Makes some edits at once. */
		edit(random) {
			const count = random.between(1, 3);
			for (let made = 0; made < count; made += 1) random.pick(EDITS)(random);
		},
		/** Deletes the volatile run node. */
		delete: () => void (state.deleted = true),
		/** Whether a message to a tab finds its run node. */
		takes: (tabId) => !(tabId === VOLATILE && state.deleted),
	};
}
