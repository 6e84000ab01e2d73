import type {
  PartitionAtom,
  PartitionClause,
  PartitionExpression,
  PartitionTerm,
} from "./partitionExpression.ts";

/** The text of an expression; {@link parsePartitionText} reads it back as the same expression. */
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

/** The text of one atom, by which it can be told from others. */
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

/** A key as a partition text writes it: bare where that reads back as the same key, quoted like JSON otherwise. */
export function printKey(key: string): string {
  const needsQuotes = /[,[\]"*|;&=\\]|^[!:.]|\.$|\.\.\.|^\s|\s$|^$/.test(key);
  return needsQuotes ? JSON.stringify(key) : key;
}
