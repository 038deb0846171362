import type { HostLabels } from '../host';

/** What a LoRA deployment takes in place of inputs of nodes. */
export function giveByName(labels: HostLabels | undefined): string {
	return `Give ${itsInputs(labels)}`;
}

/** For a deployment that may or may not have a workflow. */
export function ifLora(labels: HostLabels | undefined): string {
	return `If it is a LoRA deployment, give ${itsInputs(labels)}`;
}

function itsInputs(labels: HostLabels | undefined): string {
	const where = labels ? ` (${labels.directInputs})` : '';
	return `its inputs by name${where}: they are on the page of the deployment, under API.`;
}
