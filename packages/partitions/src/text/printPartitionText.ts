import type {
  PartitionAtom,
  PartitionClause,
  PartitionExpression,
  PartitionTerm,
} from "./partitionExpression.ts";

/** The text of an expression; {@link parsePartitionText} parses it to the same expression. */
export function printPartitionText(expression: PartitionExpression): string {
  return expression.products.map((product) => product.map(printClause).join("; ")).join(" || ");
}

function printClause({ dimension, terms }: PartitionClause): string {
  const printed = terms.map(printTerm).join(", ");
  return dimension === undefined ? printed : `${dimension}=${printed}`;
}

function printTerm(term: PartitionTerm): string {
  return term.map(({ isNegated, atom }) => (isNegated ? "!" : "") + printAtom(atom)).join(" & ");
}

/** The text of one atom, which identifies it. */
export function printAtom(atom: PartitionAtom): string {
  switch (atom.kind) {
    case "key":
      return printKey(atom.key);
    case "pattern":
      return `${atom.prefix}*${atom.suffix}`;
    case "range":
      return `[${printEnd(atom.from)}...${printEnd(atom.to)}]`;
    case "all":
      return ":all";
    case "latest":
      return `:latest(${atom.count})`;
    case "sample":
      return `:sample(${atom.count})`;
    case "older":
      return `:older(${atom.count}${atom.unit})`;
    case "status":
      return `:${atom.word}`;
  }
}

function printEnd(key: string | undefined): string {
  return key === undefined ? "" : printKey(key);
}

/**
 * A key in a partition text: unquoted if that parses to the same key, otherwise quoted like JSON.
 */
export function printKey(key: string): string {
  const needsQuotes = /[,[\]"*|;&=\\]|^[!:.]|\.$|\.\.\.|^\s|\s$|^$/.test(key);
  return needsQuotes ? JSON.stringify(key) : key;
}
