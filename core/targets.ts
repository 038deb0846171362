/** What is true of every target of a kind, and of its requests. */
export interface Traits {
	/** The name of its id, here and in the fields of hosts. */
	id: `${string}Id`;
	/** The name of its id in RunComfy's answers and in stored data. */
	stored: `${string}_id`;
	/** Whether a request is found only together with the id of its target. */
	needsTarget: boolean;
	/** Whether its inputs always go by name. Those of a deployment do if it is a LoRA's. */
	byName: boolean;
	/** Whether RunComfy calls an address when the request has ended. */
	webhook: boolean;
	/** What takes no further submit once the balance is used up: the target, or all of its service. */
	unpaid: 'target' | 'service';
}

/**
 * The kinds of targets, by the service that runs them. A new one begins with a row here; the type checker names
 * everything else that it needs.
 */
export const TARGETS = {
	deployment: {
		id: 'deploymentId',
		stored: 'deployment_id',
		needsTarget: true,
		byName: false,
		webhook: true,
		unpaid: 'target',
	},
	model: {
		id: 'modelId',
		stored: 'model_id',
		needsTarget: false,
		byName: true,
		webhook: false,
		unpaid: 'service',
	},
} as const satisfies Record<string, Traits>;

/** Which of RunComfy's APIs runs a request. */
export type Service = keyof typeof TARGETS;

/** The service of data that names none. */
export const USUAL = 'deployment' satisfies Service;

/** The names of the targets' ids. */
export type IdName<S extends Service = Service> = (typeof TARGETS)[S]['id'];

/** One accepted request, with the id of its target if that is known. */
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

/** What anything names of a request: its id, and its target. */
export function idsIn(of: object): Partial<RequestRef> {
	const given = of as Record<string, unknown>;
	const ids = IDS.filter((id) => typeof given[id] === 'string').map((id) => [id, given[id]]);
	const { service } = given;
	return { ...(isService(service) ? named(service) : {}), ...Object.fromEntries(ids) };
}
