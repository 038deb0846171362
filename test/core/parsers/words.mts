// Names and texts that the parsers look for.
export const API = [
	'request_id',
	'deployment_id',
	'id',
	'status',
	'outcome',
	'error',
	'errors',
	'error_code',
];
export const ANSWER = [
	...API,
	'message',
	'detail',
	'loc',
	'msg',
	'outputs',
	'output',
	'created_at',
	'completed',
];
export const NODES = [
	'6',
	'inputs',
	'class_type',
	'_meta',
	'title',
	'KSampler',
	'seed',
	'random',
	'text',
];
export const DEPLOYMENT = [
	'name',
	'hardware',
	'min_instances',
	'max_instances',
	'queue_size',
	'is_enabled',
];
export const CLASSES = [
	...['A', 'input', 'required', 'optional', 'input_order', 'output', 'output_node', 'price_badge'],
	...[
		'INT',
		'COMBO',
		'options',
		'key',
		'inputs',
		'template',
		'min',
		'max',
		'names',
		'prefix',
		'default',
	],
	...[
		'COMFY_DYNAMICCOMBO_V3',
		'COMFY_DYNAMICGROUP_V3',
		'COMFY_AUTOGROW_V3',
		'COMFY_DYNAMICSLOT_V3',
	],
];
export const EDITOR = [
	...[
		'nodes',
		'links',
		'id',
		'type',
		'Sampler',
		'Reroute',
		'SetNode',
		'GetNode',
		'mode',
		'inputs',
		'link',
	],
	...[
		'outputs',
		'widgets_values',
		'widget',
		'definitions',
		'subgraphs',
		'properties',
		'origin_id',
		'name',
	],
];
export const FAILURE = [
	...['error', 'details', 'debug_info', 'node_id', 'node_errors', 'node_type', 'exception_message'],
	...['errors', 'message', 'extra_info', 'class_type', 'title', 'outputs', 'log_url', 'traceback'],
];
export const OUTPUTS = ['9', 'images', 'gifs', 'url', 'filename', 'type', 'temp', 'text'];
