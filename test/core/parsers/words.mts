// The names and texts that the parsers look for.
const words = (text: string) => text.split(' ');

export const API = words('request_id deployment_id id status outcome error errors error_code');
export const ANSWER = [
	...API,
	...words('message detail loc msg outputs output created_at completed'),
];
export const NODES = words('6 inputs class_type _meta title KSampler seed random text');
export const DEPLOYMENT = words(
	'name hardware min_instances max_instances queue_size is_enabled payload deployments id',
);
export const CLASSES = [
	...words('A input required optional input_order output output_node'),
	...words('INT COMBO options key inputs template min max names prefix default'),
	...['COMBO', 'GROUP', 'SLOT'].map((kind) => `COMFY_DYNAMIC${kind}_V3`),
	'COMFY_AUTOGROW_V3',
];
export const FAILURE = [
	...words('error details debug_info node_id node_errors node_type exception_message errors'),
	...words('message extra_info class_type title outputs log_url traceback'),
];
export const OUTPUTS = words('9 images gifs url filename type temp text');
