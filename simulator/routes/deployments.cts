import { randomUUID } from 'node:crypto';
import { FIELD_NAMES, readCreation, readPatch } from '../deployments/fields.cjs';
import type { Deployment } from '../deployments/store.cjs';
import { textToImage } from '../deployments/workflows.cjs';
import { objectInfoJson } from '../object-info/index.cjs';
import type { Reply } from '../reply.cjs';
import { invalid, json, notFound, text, timestamp } from '../reply.cjs';
import type { JsonObject } from '../types.cjs';
import type { Context } from './context.cjs';
import { deploymentOf, strike } from './context.cjs';

/** The size of object_info on a server with some hundred packs of custom nodes. */
const HUGE_OBJECT_INFO = 20 * 1024 * 1024;

const INCLUDES = ['payload', 'readme'];

const isVisible = (deployment: Deployment): boolean =>
	deployment.gate !== 'deleted' && deployment.gate !== 'foreign';

/** `GET /prod/v2/deployments?ids=…&includes=…` */
export function list(context: Context): Reply {
	const ids = context.url.searchParams.getAll('ids');
	const includes = includesOf(context);
	const visible = [...context.world.deployments.values()].filter(
		(deployment) => isVisible(deployment) && (ids.length === 0 || ids.includes(deployment.id)),
	);
	return json(visible.map((deployment) => describe(context, deployment, includes)));
}

/** `GET /prod/v2/deployments/{id}?includes=…` */
export const get = (context: Context): Reply =>
	json(describe(context, existing(context), includesOf(context)));

/** `POST /prod/v2/deployments` */
export function create(context: Context): Reply {
	const fields = readCreation(context.body);
	const { world } = context;
	const source = [...world.deployments.values()].find(
		(other) => other.workflow_id === fields.workflow_id,
	);
	const deployment: Deployment = {
		...fields,
		id: randomUUID(),
		is_enabled: true,
		createdAt: world.now(),
		updatedAt: world.now(),
		graph: structuredClone(source?.graph ?? textToImage()),
		objectInfoBytes: source?.objectInfoBytes ?? 0,
	};
	world.deployments.set(deployment.id, deployment);
	world.log(`deployment ${deployment.name} created ${deployment.id}`);
	return json(describe(context, deployment, INCLUDES));
}

/** `PATCH /prod/v2/deployments/{id}` */
export function update(context: Context): Reply {
	const deployment = existing(context);
	const fields = readPatch(context.body, deployment);
	context.world.catchUp();
	Object.assign(deployment, fields, { updatedAt: context.world.now() });
	context.world.log(`deployment ${deployment.name} updated ${deployment.id}`);
	return json(describe(context, deployment, INCLUDES));
}

/** `DELETE /prod/v2/deployments/{id}`: answers 200 without a body; later submits answer 10003. */
export function remove(context: Context): Reply {
	const deployment = existing(context);
	deployment.gate = 'deleted';
	deployment.is_enabled = false;
	context.world.log(`deployment ${deployment.name} deleted ${deployment.id}`);
	return { status: 200, headers: {}, body: '' };
}

/** `GET /object_info/{id}.json`: open to everyone, with or without a token. */
export function objectInfo(context: Context): Reply {
	const deployment = existing(context);
	const fault = strike(context, 'huge_object_info');
	const bytes = fault ? (fault.bytes ?? HUGE_OBJECT_INFO) : deployment.objectInfoBytes;
	return text(objectInfoJson(bytes), 200, 'application/json');
}

function existing(context: Context): Deployment {
	const deployment = deploymentOf(context);
	if (!isVisible(deployment)) throw notFound('Deployment');
	return deployment;
}

function includesOf({ url }: Context): string[] {
	const includes = url.searchParams.getAll('includes');
	const unknown = includes.find((name) => !INCLUDES.includes(name));
	if (unknown === undefined) return includes;
	throw invalid([
		{
			loc: ['query', 'includes'],
			msg: `value is not a valid enumeration member; permitted: ${INCLUDES.join(', ')}`,
			type: 'type_error.enum',
		},
	]);
}

function describe(context: Context, deployment: Deployment, includes: string[]): JsonObject {
	const { graph } = deployment;
	return {
		id: deployment.id,
		...Object.fromEntries(FIELD_NAMES.map((name) => [name, deployment[name]])),
		is_enabled: deployment.is_enabled,
		status: 'standby',
		created_at: timestamp(deployment.createdAt),
		updated_at: timestamp(deployment.updatedAt),
		...(includes.includes('payload') && { payload: payloadOf(context, deployment) }),
		...(includes.includes('readme') && {
			readme: `# ${deployment.name}\n\nA workflow of ${Object.keys(graph).length} nodes.`,
		}),
	};
}

function payloadOf({ world }: Context, { id, graph, lora }: Deployment): JsonObject | null {
	if (lora) return lora.payload;
	const object_info_url = `${world.origin}/object_info/${id}.json`;
	return { workflow_api_json: graph, overrides: {}, object_info_url };
}
