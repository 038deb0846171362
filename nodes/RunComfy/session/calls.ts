import type { Told } from '../../../core';

/**
 * RunComfy's own calls, which end the wait of a parked execution. Nothing that they say is believed:
 * they only have the node ask.
 */
export interface Calls {
	/** The address to give RunComfy with a submit for this deployment; undefined where it is not to call. */
	addressFor(deploymentId: string): string | undefined;
	/**
	 * Whether a request can be left to them without a look, now that n8n's timer has come.
	 * @param told the execution whose address RunComfy was given
	 */
	awaited(told: string | undefined): Promise<Told | undefined>;
	/** Learns from the end of a request whether they come. */
	learn(ended: { told: string | undefined; finishedAt: string | undefined }): void;
}
