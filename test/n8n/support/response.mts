export interface Answer {
	status: number;
	body: string;
}

/** Of the response of Express, what the node uses. */
export function recorder() {
	const answer: Answer = { status: 200, body: '' };
	return {
		answer,
		setHeader: () => undefined,
		status(status: number) {
			answer.status = status;
			return { json: (body: unknown) => void (answer.body = JSON.stringify(body)) };
		},
	};
}
