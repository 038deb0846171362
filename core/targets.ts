/** What is the same for all targets of a kind and their requests. */
export interface Traits {
	/** The name of the target's id in this code and in the fields of hosts. */
	id: `${string}Id`;
	/** The name of the target's id in RunComfy's answers and in stored data. */
	stored: `${string}_id`;
	/** Whether a request can be found only together with the id of its target. */
	needsTarget: boolean;
	/** Whether inputs are always given by name. A deployment takes them by name only if it runs a LoRA. */
	byName: boolean;
	/** Whether RunComfy can call a webhook URL when the request has ended. */
	webhook: boolean;
	/** What messages call the place on RunComfy where users see their requests. */
	requests: string;
}

/**
 * The kinds of targets, by the service that runs them. To add a kind, start with a row here: the type checker then
 * reports everything else that is needed.
 */
export const TARGETS = {
	deployment: {
		id: 'deploymentId',
		stored: 'deployment_id',
		needsTarget: true,
		byName: false,
		webhook: true,
		requests: 'the deployment’s requests',
	},
	model: {
		id: 'modelId',
		stored: 'model_id',
		needsTarget: false,
		byName: true,
		webhook: false,
		requests: 'your requests',
	},
} as const satisfies Record<string, Traits>;

/** Which of RunComfy's APIs runs a request. */
export type Service = keyof typeof TARGETS;

/** The service of stored data that does not name one. */
export const USUAL = 'deployment' satisfies Service;

/** The names of the targets' ids. */
export type IdName<S extends Service = Service> = (typeof TARGETS)[S]['id'];

/** One accepted request, with the id of its target if known. */
export interface RequestRef extends Readonly<Partial<Record<IdName, string>>> {
	readonly service?: Service | undefined;
	readonly requestId: string;
}

export function isService(name: unknown): name is Service {
	return typeof name === 'string' && Object.hasOwn(TARGETS, name);
}

/** Names the service, unless it is the usual one. */
export function named(service: Service): { service?: Exclude<Service, typeof USUAL> } {
	return service === USUAL ? {} : { service };
}

const IDS = ['requestId', ...Object.values(TARGETS).map(({ id }) => id)];

/** The ids that an object has of a request and its target. */
export function idsIn(of: object): Partial<RequestRef> {
	const fields = of as Record<string, unknown>;
	const ids = IDS.filter((id) => typeof fields[id] === 'string').map((id) => [id, fields[id]]);
	const { service } = fields;
	return { ...(isService(service) ? named(service) : {}), ...Object.fromEntries(ids) };
}
