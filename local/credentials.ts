/** What the SDK signs local requests with; nobody checks it. */
export const localCredentials: { readonly accessKeyId: string; readonly secretAccessKey: string } = {
  accessKeyId: "local",
  secretAccessKey: "local",
};
