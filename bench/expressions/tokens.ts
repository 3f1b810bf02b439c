/** DynamoDB's expressions as tokens, read one after the other. */

/** An expression that DynamoDB would refuse, or a request that gives it the wrong placeholders. */
export class ExpressionError extends Error {
  override readonly name = "ValidationException";
}

const pattern = /\s*(?:(<>|<=|>=|[=<>(),.[\]+-])|([:#]?[A-Za-z0-9_]+))/y;

function tokensOf(expression: string): readonly string[] {
  const tokens: string[] = [];
  const text = expression.trimEnd();
  pattern.lastIndex = 0;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) {
      throw new ExpressionError(`Invalid token at ${at} of the expression: ${expression}`);
    }
    tokens.push(match[1] ?? match[2] ?? "");
  }
  return tokens;
}

/** Reads tokens in order; keywords are recognised in any case. */
export class TokenReader {
  private readonly expression: string;
  private readonly tokens: readonly string[];
  private position = 0;

  constructor(expression: string) {
    this.expression = expression;
    this.tokens = tokensOf(expression);
  }

  get isAtEnd(): boolean {
    return this.position >= this.tokens.length;
  }

  /** The next token, which is left to be read. */
  peek(ahead = 0): string {
    return this.tokens[this.position + ahead] ?? "";
  }

  next(): string {
    const token = this.peek();
    if (token === "") {
      throw this.error("more");
    }
    this.position += 1;
    return token;
  }

  /** Reads the token if it is this one. */
  takes(token: string): boolean {
    const isNext = this.peek().toUpperCase() === token;
    if (isNext) {
      this.position += 1;
    }
    return isNext;
  }

  expects(token: string): void {
    if (!this.takes(token)) {
      throw this.error(token);
    }
  }

  error(expected: string): ExpressionError {
    return new ExpressionError(`Expected ${expected} at token ${this.position} of the expression: ${this.expression}`);
  }
}
