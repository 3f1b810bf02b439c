/** An AWS account to play on: a real one, or the emulator's. */

export interface Account {
  /** What every client of the SDK is made with. */
  readonly sdk: {
    readonly region?: string;
    readonly endpoint?: string;
    readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** Where an address that the account has told is reached from this machine. */
  reach(address: string): string;
}

/** The account that the environment's credentials are for. */
export const realAccount: Account = { sdk: {}, reach: (address) => address };
