/** Words that mark a name as secret, wherever they occur in it. */
const SECRET = new Set([
	...['password', 'passwords', 'passwd', 'passphrase', 'passcode', 'pwd', 'secret', 'secrets'],
	...['auth', 'oauth', 'authorization', 'authentication', 'bearer', 'jwt'],
	...['credential', 'credentials', 'creds', 'cookie', 'cookies'],
]);

/** Words that make the following word `key` a secret. Alone, `key` may be a dictionary key or a key frame. */
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

/** This word marks a secret at the end of a name, or after one of the words above. A number of tokens is not a secret. */
const TOKEN = 'token';

/**
 * Whether an input, property or parameter with this name may hold a secret. Compares whole words: `max_tokens` is
 * not a secret.
 */
export function isSecretName(name: string): boolean {
	const words = wordsInName(name);
	return words.some((word, index) => {
		const before = words[index - 1] ?? '';
		const [head, tail] = splitCompound(word) ?? [before, word];
		if (SECRET.has(word)) return true;
		if (tail === TOKEN) return index === words.length - 1 || SECRET.has(head) || OF_KEY.has(head);
		return (tail === 'key' || tail === 'keys') && OF_KEY.has(head);
	});
}

/** Maximum number of characters of a name to read. */
const LONGEST_NAME = 200;

/** Splits a name into words: `x-api-key`, `apiKey` and `APIKey_2` all end with "api" and "key". */
function wordsInName(name: string): string[] {
	return name
		.slice(0, LONGEST_NAME)
		.replace(/([a-z\d])([A-Z])/g, '$1 $2')
		.replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
		.toLowerCase()
		.split(/[^a-z\d]+/)
		.map((word) => word.replace(/(\D)\d+$/, '$1'))
		.filter(Boolean);
}

/** Splits a word such as `apikey` into its two parts. */
function splitCompound(word: string): [head: string, tail: string] | undefined {
	const tail = [TOKEN, 'keys', 'key'].find((one) => word.length > one.length && word.endsWith(one));
	const head = tail === undefined ? '' : word.slice(0, -tail.length);
	return tail !== undefined && (OF_KEY.has(head) || SECRET.has(head)) ? [head, tail] : undefined;
}

/** A user name and password in a URL. */
const LOGIN = /(:\/\/)[^\s/?#"'@]{1,200}@/g;

/** A query parameter of a URL. */
const PARAMETER = /([?&]([\w.[\]%-]{1,64})=)[^&#\s"']+/g;

/** Parameters of a storage provider's signed URL. They open one file for a limited time and reveal only who signed. */
const OF_STORE = /^x-(?:amz|goog)-/i;

/** Removes secrets from the URLs in a text: logins, and parameters whose names mark a secret. */
export function withoutSecretsInAddresses(text: string): string {
	return text
		.replace(LOGIN, '$1')
		.replace(PARAMETER, (all: string, start: string, name: string) =>
			name === 'key' || (isSecretName(name) && !OF_STORE.test(name)) ? start : all,
		);
}

/**
 * Whether an input holds, or may hold, a secret: by its name, by property names in its value, or by a URL in its
 * value.
 */
export function holdsSecret(name: string, value: unknown): boolean {
	if (isSecretName(name)) return true;
	if (typeof value === 'string') return isSecretString(value);
	if (typeof value !== 'object' || value === null) return false;
	const entries: Array<[string, unknown]> = Object.entries(value);
	return entries.some(([inner, one]) => holdsSecret(Array.isArray(value) ? '' : inner, one));
}

/** A bearer token, for example in a list of HTTP headers. */
const BEARER_TOKEN = /\bBearer\s{1,64}[\w.~+/-]{16}/i;

function isSecretString(value: string): boolean {
	return BEARER_TOKEN.test(value) || withoutSecretsInAddresses(value) !== value;
}
