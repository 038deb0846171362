// The accounts of the services that the recipes end at, and what a user chooses after the import.
const oauthTokenData = { access_token: 'google-token', token_type: 'Bearer', expires_in: 3600 };
const GOOGLE = { clientId: 'id', clientSecret: 'secret', oauthTokenData };
export const SITE = 'https://blog.example.com';

/** Accounts by the type of the node. */
export const CREDENTIALS = {
	googleSheets: { type: 'googleSheetsOAuth2Api', data: GOOGLE },
	googleDrive: { type: 'googleDriveOAuth2Api', data: GOOGLE },
	gmail: { type: 'gmailOAuth2', data: GOOGLE },
	youTube: { type: 'youTubeOAuth2Api', data: GOOGLE },
	telegram: {
		type: 'telegramApi',
		data: { accessToken: 'bot-token', baseUrl: 'https://api.telegram.org' },
	},
	httpRequest: { type: 'wordpressApi', data: { username: 'me', password: 'secret', url: SITE } },
};
const kindOf = ({ type }) => type.replace(/^.*\.|Trigger$/g, '');

/** What a user chooses after the import. */
export function chosen(workflow) {
	for (const node of workflow.nodes) {
		const found = CREDENTIALS[kindOf(node)];
		if (found) node.credentials = { [found.type]: { id: found.type, name: found.type } };
		const { parameters } = node;
		if (parameters.documentId)
			parameters.documentId = { __rl: true, mode: 'id', value: 'document' };
		if (parameters.sheetName) parameters.sheetName = { __rl: true, mode: 'name', value: 'Sheet1' };
		for (const fields of [parameters, parameters.filter ?? {}]) {
			if (fields.folderId?.value === '')
				fields.folderId = { __rl: true, mode: 'id', value: 'folder' };
		}
	}
	return workflow;
}
