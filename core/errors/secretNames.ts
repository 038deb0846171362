/** Words that name a secret wherever they stand in a name. */
const SECRET = new Set([
	...['password', 'passwords', 'passwd', 'passphrase', 'passcode', 'pwd', 'secret', 'secrets'],
	...['auth', 'oauth', 'authorization', 'authentication', 'bearer', 'jwt'],
	...['credential', 'credentials', 'creds', 'cookie', 'cookies'],
]);

/** What makes a secret of the word `key` behind it: alone it is one of a dictionary, or a frame of a film. */
const OF_KEY = new Set([
	...[
		'api',
		'access',
		'private',
		'secret',
		'auth',
		'account',
		'subscription',
		'service',
		'license',
	],
	...['signing', 'encryption', 'master', 'ssh', 'user', 'admin', 'client', 'project'],
	...['ai', 'openai', 'anthropic', 'claude', 'gemini', 'google', 'vertex', 'azure', 'aws', 'gcp'],
	...[
		'hf',
		'huggingface',
		'replicate',
		'fal',
		'stability',
		'stabilityai',
		'runway',
		'kling',
		'luma',
	],
	...[
		'minimax',
		'ideogram',
		'recraft',
		'bfl',
		'flux',
		'pika',
		'tripo',
		'meshy',
		'rodin',
		'civitai',
	],
	...[
		'comfy',
		'runcomfy',
		'runpod',
		'elevenlabs',
		'deepl',
		'deepseek',
		'mistral',
		'groq',
		'grok',
		'xai',
	],
	...['openrouter', 'together', 'cohere', 'perplexity', 'tavily', 'serpapi', 'dashscope', 'qwen'],
	...[
		'zhipu',
		'moonshot',
		'siliconflow',
		'volcengine',
		'baidu',
		'tencent',
		'github',
		'notion',
		'slack',
	],
]);

/** As the last word, or behind one of these. A count of tokens, or a token's name, is no secret. */
const TOKEN = 'token';

/** Whether an input, a property or a parameter of this name may hold a secret. Goes by whole words: `max_tokens` is none. */
export function isSecretName(name: string): boolean {
	const words = wordsOf(name);
	return words.some((word, index) => {
		const before = words[index - 1] ?? '';
		const [start, end] = endingOf(word) ?? [before, word];
		if (SECRET.has(word)) return true;
		if (end === TOKEN) return index === words.length - 1 || SECRET.has(start) || OF_KEY.has(start);
		return (end === 'key' || end === 'keys') && OF_KEY.has(start);
	});
}

/** Characters of a name that are read. */
const LONGEST = 200;

/** `x-api-key`, `apiKey` and `APIKey_2` are "api" and "key", after what comes before. */
function wordsOf(name: string): string[] {
	return name
		.slice(0, LONGEST)
		.replace(/([a-z\d])([A-Z])/g, '$1 $2')
		.replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
		.toLowerCase()
		.split(/[^a-z\d]+/)
		.map((word) => word.replace(/(\D)\d+$/, '$1'))
		.filter(Boolean);
}

/** The two words in one such as `apikey`. */
function endingOf(word: string): [start: string, end: string] | undefined {
	const end = [TOKEN, 'keys', 'key'].find((one) => word.length > one.length && word.endsWith(one));
	const start = end === undefined ? '' : word.slice(0, -end.length);
	return end !== undefined && (OF_KEY.has(start) || SECRET.has(start)) ? [start, end] : undefined;
}

/** A user name and a password in an address. */
const LOGIN = /(:\/\/)[^\s/?#"'@]{1,200}@/g;

/** A parameter of an address. */
const PARAMETER = /([?&]([\w.[\]%-]{1,64})=)[^&#\s"']+/g;

/** Signed addresses of a store open one file for a while, and name no more than who signed. */
const OF_STORE = /^x-(?:amz|goog)-/i;

/** A text without the secrets in the addresses of it: passwords, and values of parameters that are called like one. */
export function withoutSecretsInAddresses(text: string): string {
	return text
		.replace(LOGIN, '$1')
		.replace(PARAMETER, (all: string, start: string, name: string) =>
			name === 'key' || (isSecretName(name) && !OF_STORE.test(name)) ? start : all,
		);
}

/** Whether an input holds, or may hold, a secret: by its name, by the names in its value, or by an address in it. */
export function holdsSecret(name: string, value: unknown): boolean {
	if (isSecretName(name)) return true;
	if (typeof value === 'string') return isSecretText(value);
	if (typeof value !== 'object' || value === null) return false;
	const entries: Array<[string, unknown]> = Object.entries(value);
	return entries.some(([inner, one]) => holdsSecret(Array.isArray(value) ? '' : inner, one));
}

/** Such as a list of HTTP headers. */
const BEARER = /\bBearer\s{1,64}[\w.~+/-]{16}/i;

function isSecretText(text: string): boolean {
	return BEARER.test(text) || withoutSecretsInAddresses(text) !== text;
}
