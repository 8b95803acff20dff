/** A list of words, written as one text. */
export function words(text: string): string[] {
  return text.split(" ");
}
