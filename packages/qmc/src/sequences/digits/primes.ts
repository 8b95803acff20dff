/** Prime numbers. */

let known: number[] = [2, 3, 5, 7, 11, 13];

/** The first `count` primes, by a sieve. */
export function primes(count: number): readonly number[] {
  if (known.length < count) {
    // n (ln n + ln ln n) lies above the n-th prime for n >= 6.
    const bound = Math.ceil(count * (Math.log(count) + Math.log(Math.log(count)))) + 1;
    const composite = new Uint8Array(bound + 1);
    const found: number[] = [];
    for (let p = 2; p <= bound; p++) {
      if (composite[p] === 1) continue;
      found.push(p);
      for (let q = p * p; q <= bound; q += p) composite[q] = 1;
    }
    known = found;
  }
  return known.slice(0, count);
}

/** The least prime >= n. */
export function primeFrom(n: number): number {
  for (let p = Math.max(2, n); ; p++) if (isPrime(p)) return p;
}

/** Whether n is a prime. */
export function isPrime(n: number): boolean {
  if (n < 2) return false;
  for (let q = 2; q * q <= n; q++) if (n % q === 0) return false;
  return true;
}
