// The tables and charts of docs/performance.md, from what the benches have measured last.
import { fullNames, misses, round } from '../figures/figures.mjs';
import { readResults, readWaiting } from '../figures/results.mjs';
import { batchChart } from './charts/batches.mjs';
import { pollingChart } from './charts/polling.mjs';
import { tableOf } from './markdown.mjs';

const CHART_BATCH = { load: 'runs of 10 to 60 s', items: 100 };

/** The charts, by their file in docs/images. @returns {Record<string, string>} */
export function charts() {
	const { polling, batches } = readResults().parts;
	return {
		...(polling && { 'bench-polling.svg': pollingChart(polling.data.curves) }),
		...(batches && { 'bench-batches.svg': batchChart(batches.data, CHART_BATCH) }),
	};
}

/** @returns {Record<string, string>} */
export function performanceBlocks() {
	const { parts } = readResults();
	return {
		'bench-conditions': conditionsOf(parts),
		'bench-polling': blockOf(parts, 'polling', () => image('bench-polling.svg', POLLING_ALT)),
		'bench-waits': blockOf(parts, 'waits', waitsTable),
		'bench-batches': blockOf(parts, 'batches', (data) =>
			[image('bench-batches.svg', BATCHES_ALT), batchesTable(data)].join('\n\n'),
		),
		'bench-waiting': blockOf(parts, 'waiting', waitingTable),
		'bench-files': blockOf(parts, 'files', filesTable),
		'bench-goals': goalsTable(parts),
		'bench-parked': parkedTable(),
	};
}

const POLLING_ALT = 'Status calls against lag, for fixed loops and for this package';
const BATCHES_ALT = 'A batch on ten machines, by each way of waiting';

const image = (name, alt) => `![${alt}](images/${name})`;

/** What a part gives, once it was measured. */
function blockOf(parts, name, write) {
	if (parts[name]) return write(parts[name].data);
	return `Not measured yet on the machine of the other figures: \`npm run bench ${name}\`.`;
}

function conditionsOf(parts) {
	const lines = Object.entries(parts).map(([name, { conditions }]) => {
		const { date, node, cores, processor, memoryGB, n8nCore, nodeRed } = conditions;
		const on = `${cores} cores (${processor || 'unknown'}), ${memoryGB} GB; Node.js ${node}`;
		return { name, text: `${date}: ${on}; n8n-core ${n8nCore}, Node-RED ${nodeRed}` };
	});
	const texts = [...new Set(lines.map(({ text }) => text))];
	const namesOf = (text) =>
		lines.filter((one) => one.text === text).map(({ name }) => `\`${name}\``);
	return texts.map((text) => `- ${text}: ${namesOf(text).join(', ')}`).join('\n');
}

/** Rows for hosts and ways, columns for what `by` tells. */
function pivot(data, { head, by, cell }) {
	const columns = [...new Set(data.map(by))];
	const keyOf = ({ host, way }) => `${host}: ${way}`;
	const rows = [...new Set(data.map(keyOf))].map((key) => [
		key,
		...columns.map((column) => {
			const one = data.find((row) => keyOf(row) === key && by(row) === column);
			return one ? cell(one) : '';
		}),
	]);
	return tableOf([head, ...columns], rows);
}

const waitsTable = (data) =>
	pivot(data, {
		head: 'mean lag, s (calls)',
		by: ({ runS }) => `run of ${runS} s`,
		cell: ({ lag, calls }) => `${round(lag)} (${round(calls)})`,
	});

const batchesTable = (data) =>
	pivot(data, {
		head: 'times the ideal (calls each)',
		by: ({ items, load }) => `${items.toLocaleString('en-US')} ${load}`,
		cell: ({ times, calls }) => `${times.toFixed(2)} (${round(calls)})`,
	});

const waitingTable = (data) =>
	tableOf(
		['for each that waits', 'heap, KiB', 'resident, KiB', 'CPU in a minute, ms'],
		data.map(({ host, way, heap, rss, cpuMs }) => [
			`${host}: ${way}`,
			...[heap / 1024, rss / 1024, cpuMs].map((value) => String(round(value))),
		]),
	);

const filesTable = (data) =>
	[
		outputsTable(data.filter(({ input }) => !input)),
		inputsTable(data.filter(({ input }) => input)),
	].join('\n\n');

const inputsTable = (data) =>
	tableOf(
		[
			'picture into a submit',
			'time, s',
			'memory growth, MiB',
			'event-loop delay p99, ms',
			'longest, ms',
		],
		data.map(({ host, sizeMB, ours }) => [
			`${host}: ${sizeMB} MiB`,
			String(round(ours.ms / 1000)),
			String(round(ours.grown / 2 ** 20)),
			String(round(ours.p99)),
			String(round(ours.longest)),
		]),
	);

const outputsTable = (data) =>
	tableOf(
		[
			'file to disk',
			'time, s',
			'speed of bare undici',
			"speed of n8n's HTTP Request node",
			'memory growth, MiB',
			'event-loop delay p99, ms (undici)',
		],
		data.map(({ host, sizeMB, ours, bare, hosts }) => [
			`${host}: ${sizeMB} MiB`,
			String(round(ours.ms / 1000)),
			`${(bare.ms / ours.ms).toFixed(2)} ×`,
			hosts ? `${(hosts.ms / ours.ms).toFixed(2)} ×` : '–',
			String(round(ours.grown / 2 ** 20)),
			`${round(ours.p99)} (${round(bare.p99)})`,
		]),
	);

/** Every figure for which there is a goal. */
function goalsTable(parts) {
	const rows = Object.entries(parts).flatMap(([part, { figures }]) =>
		fullNames(figures).flatMap((name, at) => {
			const { value, unit, most, least } = /** @type {import('../figures/figures.mjs').Figure} */ (
				figures[at]
			);
			if (most === undefined && least === undefined) return [];
			const goal = most === undefined ? `≥ ${least}` : `≤ ${most}`;
			const met = misses(figures[at]) ? '**missed**' : 'met';
			return [[`\`${part}\``, name, `${round(value)} ${unit}`.trim(), goal, met]];
		}),
	);
	return tableOf(['`npm run bench`', 'figure', 'here', 'goal', ''], rows);
}

function parkedTable() {
	const { conditions, figures, table } = readWaiting();
	const rows = Object.entries(figures);
	return [
		`From \`${conditions.command}\`, ${conditions.date} (${conditions.note}):`,
		tableOf(['what', 'figure'], rows),
		...(table && table.rows.length > 0 ? [tableOf(table.columns, table.rows)] : []),
	].join('\n\n');
}
