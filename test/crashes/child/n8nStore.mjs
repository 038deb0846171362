// What n8n keeps on its disk: executions as its database stores them, and the nodes that have begun and ended as its
// event log does.
import {
	appendFileSync,
	existsSync,
	readdirSync,
	readFileSync,
	renameSync,
	writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** The folder belongs to this process only, so writing its files does not count as an effect. */
export function openStore(folder) {
	const fileOf = (id) => join(folder, `${id}.json`);
	const log = (id) => join(folder, `${id}.log`);
	const find = (id) =>
		existsSync(fileOf(id)) ? JSON.parse(readFileSync(fileOf(id), 'utf8')) : undefined;
	return {
		find,
		all: () =>
			readdirSync(folder)
				.filter((name) => name.endsWith('.json'))
				.map((name) => find(name.slice(0, -'.json'.length))),
		/** Writes all or nothing, as a database does. */
		keep(row) {
			const fresh = join(folder, `${row.id}.new`);
			writeFileSync(fresh, JSON.stringify(row));
			renameSync(fresh, fileOf(row.id));
		},
		note: (id, event) => appendFileSync(log(id), `${event}\n`),
		seenOf: (id) => new Set(existsSync(log(id)) ? readFileSync(log(id), 'utf8').split('\n') : []),
	};
}
