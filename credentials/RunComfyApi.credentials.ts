import type {
	IAuthenticateRuleResponseCode,
	IAuthenticateRuleResponseSuccessBody,
	Icon,
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';

const WRONG_TOKEN =
	'RunComfy does not know this token: copy it anew from your profile page, and check the Base URL';

const WRONG_PLACE = 'RunComfy’s API is not there: check the Base URL';

/** n8n goes by each rule's own type, though its types want them all alike. */
const RULES: Array<IAuthenticateRuleResponseCode | IAuthenticateRuleResponseSuccessBody> = [
	// Without these n8n says no more than "Unauthorized" or "Not Found".
	{ type: 'responseCode', properties: { value: 401, message: WRONG_TOKEN } },
	{ type: 'responseCode', properties: { value: 403, message: WRONG_TOKEN } },
	{ type: 'responseCode', properties: { value: 404, message: WRONG_PLACE } },
	{
		type: 'responseSuccessBody',
		properties: { key: 'error_code', value: 401001, message: WRONG_TOKEN },
	},
	// A web page or another service answers, too.
	{
		type: 'responseSuccessBody',
		properties: {
			key: 'balance_usd',
			value: undefined,
			message: 'The answer is not RunComfy’s: check the Base URL',
		},
	},
];

export class RunComfyApi implements ICredentialType {
	name = 'runComfyApi';

	displayName = 'RunComfy API';

	icon: Icon = {
		light: 'file:../nodes/RunComfy/runcomfy.svg',
		dark: 'file:../nodes/RunComfy/runcomfy.dark.svg',
	};

	documentationUrl = 'https://docs.runcomfy.com/serverless/quickstart';

	properties: INodeProperties[] = [
		{
			// n8n shows the description of a field on hover only.
			displayName:
				'Copy your token from <a href="https://www.runcomfy.com/profile" target="_blank">your RunComfy profile page</a> (avatar menu > API Token)',
			name: 'profileNotice',
			type: 'notice',
			default: '',
		},
		{
			displayName: 'API Token',
			name: 'apiToken',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description: 'On RunComfy: your profile page (avatar menu > API Token)',
		},
		{
			displayName: 'Comfy.org API Key',
			name: 'comfyOrgApiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			placeholder: 'Only for workflows with partner nodes',
			description:
				'Only for workflows with partner nodes (Kling, Seedream, Gemini …), which run at their makers and are paid with credits of comfy.org. A key is made at platform.comfy.org.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.runcomfy.net',
			placeholder: 'e.g. http://127.0.0.1:4010',
			description: 'Where the API is. Change it only to use a simulator or a proxy.',
		},
		{
			displayName: 'API Version',
			name: 'apiVersion',
			type: 'options',
			default: 'v1',
			description: 'Prefix of the request endpoints',
			options: [
				{ name: 'V1', value: 'v1' },
				{ name: 'V2', value: 'v2' },
			],
		},
		{
			displayName: 'Allow Private Addresses',
			name: 'allowPrivateAddresses',
			type: 'boolean',
			default: false,
			description:
				'Whether to download output files from addresses of this machine and its own network. Only needed where the files are on a server of your own.',
		},
	];

	// Not as an expression: n8n can evaluate none once an execution is parked, and its requests are
	// looked after all the same.
	async authenticate(
		{ apiToken }: ICredentialDataDecryptedObject,
		options: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		const authorization = `Bearer ${String(apiToken).trim()}`;
		return { ...options, headers: { ...options.headers, Authorization: authorization } };
	}

	// The balance costs nothing to ask for. RunComfy may refuse a token inside a 200, too.
	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{$credentials.baseUrl?.trim() || "https://api.runcomfy.net"}}',
			url: '/prod/v2/balance',
			disableFollowRedirect: true,
		},
		rules: RULES as NonNullable<ICredentialTestRequest['rules']>,
	};
}
