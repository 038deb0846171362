// What n8n's database says of executions, even if no process of n8n is running.
import { nodeForN8n, requireHosts } from '../../../scripts/hosts/paths.mjs';
import { exec } from '../../../scripts/process.mjs';

const OPEN = `SELECT id, status FROM execution_entity WHERE status IN ('new', 'running', 'waiting')`;

/**
 * The state of each execution that has not ended, by its id.
 * @param {import('./world.mjs').World} world
 * @returns {Promise<Array<[string, string]>>}
 */
export async function openStates({ mode, instance, databaseFile }) {
	const rows = await (mode === 'queue'
		? askPostgres(instance.postgres.env)
		: askSqlite(databaseFile));
	return rows.map(({ id, status }) => [String(id), status]);
}

async function askPostgres(env) {
	const { Client } = requireHosts('pg');
	const client = new Client({
		host: env.DB_POSTGRESDB_HOST,
		port: Number(env.DB_POSTGRESDB_PORT),
		user: env.DB_POSTGRESDB_USER,
		database: env.DB_POSTGRESDB_DATABASE,
	});
	await client.connect();
	try {
		return (await client.query(OPEN)).rows;
	} finally {
		await client.end();
	}
}

/** A separate process reads it: n8n's Node.js has SQLite built in. */
async function askSqlite(file) {
	const code = `
		const { DatabaseSync } = require('node:sqlite');
		console.log(JSON.stringify(new DatabaseSync(process.argv[1]).prepare(process.argv[2]).all()));
	`;
	return JSON.parse(await exec(nodeForN8n(), ['--no-warnings', '-e', code, file, OPEN]));
}
