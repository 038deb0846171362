// What n8n keeps on its disk: executions, as its database has them, and which nodes have begun and ended, as its event
// log has it.
import {
	appendFileSync,
	existsSync,
	readdirSync,
	readFileSync,
	renameSync,
	writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** A folder of this process's own: its files are no effects by themselves. */
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
		/** All or nothing, as a database does it. */
		keep(row) {
			const fresh = join(folder, `${row.id}.new`);
			writeFileSync(fresh, JSON.stringify(row));
			renameSync(fresh, fileOf(row.id));
		},
		note: (id, event) => appendFileSync(log(id), `${event}\n`),
		seenOf: (id) => new Set(existsSync(log(id)) ? readFileSync(log(id), 'utf8').split('\n') : []),
	};
}
