/** How a text from an expression gets into JSON. */
export const ADVICE =
	'Put a text in with {{ JSON.stringify($json.prompt) }} and no quotes around it, or set Input Mode to Fields, which takes any text.';
