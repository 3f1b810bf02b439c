/** What the SDK signs local requests with; nobody checks it. */
export const localCredentials = { accessKeyId: "local", secretAccessKey: "local" } as const;
