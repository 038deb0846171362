// What the fields of the Node-RED nodes mean, by their property: a new field needs a line here.

const DEPLOYMENT =
	'one of the account’s, from a list; an id, the address of its page, or any other source. Empty: `msg.deploymentId`';

/** @type {Record<string, string>} */
export const FIELDS = {
	name: 'what the flow shows',
	config: 'the account: see below',
	deploymentId: DEPLOYMENT,
	requestId: 'the request, by its id. Empty: `msg.requestId`',
	inputMode: 'rows of inputs to choose and fill, or overrides as one JSON object',
	rows: 'inputs of the deployed workflow, or of a workflow file, each with its value from any source; what is not in the list keeps its saved value. A seed also takes a random value for each run',
	overrides:
		'`{ "<node id>": { "inputs": { "<name>": value } } }`. Where the message has none, an object in `msg.payload`',
	checkInputs:
		'unknown nodes, names, choices, wrong types and ranges end in `invalid_overrides` before anything is paid for',
	workflow:
		'another workflow to run on the machine of the deployment: JSON in either of ComfyUI’s formats, or a Buffer with a picture or video that holds it',
	randomSeeds: 'every seed of that workflow is drawn anew for each run',
	extraData: 'passed on to ComfyUI, such as `{"api_key_comfy_org": "…"}`',
	webhook:
		'the address that RunComfy calls at the end: that of a `runcomfy-webhook` node, or another public one',
	maxInputFileSize:
		'larger input files are refused before the submit; those given by their address are not counted. 0 or empty: no limit',
	output: 'files with addresses, texts, Buffers, or files saved to a directory',
	directory: 'where files are saved; one that is there is not overwritten',
	maxFileSize:
		'larger files are `null` in the payload, with a warning and their address. 0 or empty: no limit',
	downloadTimeout:
		'for one file; one of less than 1 KB a second is given up earlier. 0 or empty: no limit',
	outputNodes: 'ids of the ComfyUI nodes whose outputs to take, such as `9, 12`. Empty: all',
	includeTemp: 'files of preview nodes, too',
	setHeaders:
		'with the first file as Buffer: `msg.headers` has its content type, as an `http response` node sends it. Headers that the flow has set stay',
	split: 'one message for each, with `msg.parts` as Split sets it, and `msg.runcomfy.file`',
	progress:
		'small messages about the state, the place in the queue and the time, at most two a second',
	wait: 'hold the message until the request has ended',
	timeout:
		'how long to wait, the queue included. 0 or empty: no limit. The request goes on and can be fetched later',
	cancelOnTimeout: 'cancel the request at the timeout',
	onRedeploy: 'what becomes of the requests under way when the flow is deployed',
	onDelete: 'what becomes of them when the node is deleted or disabled',
	onShutdown: 'what becomes of them when Node-RED is stopped',
	onRestart: 'whether the node waits for them again after a start of Node-RED',
	keep: 'names of message properties that come back with the result, besides `topic` and `parts`. Empty: all plain ones, up to 16 KB',
	target: 'one request by its id, or runs of this Node-RED by topic, of a node, or all',
	runNode: 'the run node whose runs are canceled',
	operation:
		'list the deployments of the account, get, enable, disable, change, create or delete one, or free the GPU memory of a machine',
	deploymentName: 'what the deployment is called in lists; to create one, it needs a name',
	workflowId:
		'of the workflow, saved to the RunComfy cloud, that a new deployment runs: see its page there',
	hardware:
		'the GPU of every instance. Empty, as of the fields below: it stays as it is. Of a new deployment: `AMPERE_48`, and below 0, 1, 1, 60, `v1`',
	minInstances: 'instances that run, and cost, all the time. 0 costs nothing idle',
	maxInstances: 'how many requests can run at the same time, each on an instance of its own',
	queueSize: 'requests that may wait per instance before another instance is started',
	keepWarm: 'how long an instance stays, and costs, after its last request',
	workflowVersion: 'the saved version of the workflow to run, such as `v2`',
	instanceId:
		'the machine, as `runcomfy-status` gives it while a request is in progress. Empty: `msg.payload.instance_id`',
	confirmDelete: 'without it nothing is deleted: a message ends in `invalid_input`',
	path: 'where RunComfy’s calls come in',
	secret: 'what a caller must know; made by the dialog. `${NAME}` takes it from the environment',
	intermediate: 'messages when the state changes, too, where the submit asks for them',
	alsoAwaited:
		'messages for requests, too, that a node of this Node-RED waits for: such a wait ends at once instead',
};

/** @type {Record<string, string>} */
export const ACCOUNT = {
	name: 'what the list of accounts shows',
	apiToken:
		'from your RunComfy profile page; `${RUNCOMFY_API_TOKEN}` takes it from the environment',
	comfyOrgApiKey: 'for partner nodes (Kling, Seedream, …): see [partner nodes](partner-nodes.md)',
	baseUrl: 'where the API is. Change it only for a simulator or a proxy',
	apiVersion: 'prefix of the request endpoints',
	concurrency:
		'requests at RunComfy at the same time, over all flows with this token and base URL; the rest waits in the order of arrival',
	overflow: 'what becomes of a message when as many wait as the queue limit says',
	queueLimit: 'messages that may wait for their turn',
	latestWins: 'a message cancels earlier ones of the same node and topic',
	allowPrivate:
		'fetch files also from addresses of this machine and its own network: see [security](../SECURITY.md)',
};
