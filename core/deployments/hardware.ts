/** A machine that a deployment can run on. */
export interface Hardware {
	/** What the API calls it. */
	sku: string;
	/** The GPUs that it may come with. */
	gpus: readonly string[];
	/** GB of GPU memory. */
	vramGb: number;
}

/**
 * All that RunComfy is known to offer (github.com/runcomfy-com/runcomfy-mcp,
 * `server.py`; docs.runcomfy.com/serverless/about-billing), by GPU memory. The
 * service decides: it may offer more by now.
 */
export const HARDWARE: readonly Hardware[] = [
	{ sku: 'TURING_16', gpus: ['T4', 'A4000'], vramGb: 16 },
	{ sku: 'AMPERE_24', gpus: ['A10G', 'A5000'], vramGb: 24 },
	{ sku: 'AMPERE_48', gpus: ['A6000'], vramGb: 48 },
	{ sku: 'ADA_48_PLUS', gpus: ['L40S', 'L40'], vramGb: 48 },
	{ sku: 'AMPERE_80', gpus: ['A100'], vramGb: 80 },
	{ sku: 'ADA_80_PLUS', gpus: ['H100'], vramGb: 80 },
	{ sku: 'HOPPER_141', gpus: ['H200'], vramGb: 141 },
];
