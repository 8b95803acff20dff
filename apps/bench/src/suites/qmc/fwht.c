/*
 * The Walsh-Hadamard transform with the structure of the compiled reference, QMCToolsCL: a counter of butterflies for each level,
 * from which the places of the pair are computed, and a division of every result by the square root of 2.
 */
#include <math.h>
#include <stddef.h>

void fwht(double *x, size_t n) {
  const double root = sqrt(2.0);
  for (size_t span = n / 2; span > 0; span /= 2) {
    for (size_t i = 0; i < n / 2; i++) {
      const size_t low = i & (span - 1);
      const size_t first = 2 * (i - low) + low, second = first + span;
      const double p = x[first], q = x[second];
      x[first] = (p + q) / root;
      x[second] = (p - q) / root;
    }
  }
}
